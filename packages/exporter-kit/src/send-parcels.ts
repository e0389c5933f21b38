import { type Exportable, type ExportContext, ExportError, type ExportResult } from '@telltale/core';

/** Something that is sent whole, and the points, spans or events that the backend has when it has it. */
export interface Parcel<T> {
  readonly payload: T;
  readonly items: readonly Exportable[];
}

/** What a backend said of a request that it answered with success. Indexes are those of the payloads of the request. */
export interface ParcelAnswer {
  /** Refused for good. */
  readonly refused?: readonly number[];
  /** Not taken now, to be sent again. */
  readonly again?: readonly number[];
  /** How many it refused, where it does not say which: the rest counts as taken, in number only. */
  readonly refusedCount?: number;
  readonly reason?: string;
  /** Seconds to wait before the next request. */
  readonly retryAfter?: number;
}

export interface Shipment<T, B extends string | Uint8Array> {
  readonly context: ExportContext;
  /** The most that a request may have, counted by `weigh`. */
  readonly maxWeight: number;
  /** How much a payload counts; 1 unless given. */
  weigh?(payload: T): number;
  /** The most bytes that `encode` may give, before compression. */
  readonly maxBytes?: number;
  /** Bytes that a payload adds to a body. With it, requests are as full as `maxBytes` allows; without it, bodies that are too big are halved. */
  measure?(payload: T): number;
  /** The body of a request with these payloads. */
  encode(payloads: readonly T[]): B;
  /** Sends a request; rejects with an `ExportError`. */
  send(body: B, payloads: readonly T[]): Promise<ParcelAnswer | void>;
  /**
   * The backend's rule for requests of unknown outcome. `again`: a second copy does no harm there. `give-up`: a second copy would be counted
   * twice, so what was sent is not sent again.
   */
  readonly whenUnknown: 'again' | 'give-up';
}

/** Requests that are spent on finding which parcels of a refused request are at fault; the rest of it is given up after so many. */
const MAX_SPLITS = 64;

/**
 * Sends parcels in order, in as few requests as the limits allow, one after the other. What a request took is named at once, so a failure further on
 * does not send it again. A request whose payload is refused (`divisible`) is split in halves until what is at fault is by itself; that is
 * given up and counted. Any other failure ends the sending: the rest is handed over again by the push loop.
 */
export async function sendParcels<T, B extends string | Uint8Array>(
  parcels: readonly Parcel<T>[],
  shipment: Shipment<T, B>,
): Promise<ExportResult> {
  shipment.context.signal.throwIfAborted();
  return new Sending(shipment).sendAll(parcels);
}

class Sending<T, B extends string | Uint8Array> {
  private readonly shipment: Shipment<T, B>;
  private accepted = 0;
  private rejected = 0;
  private splits = 0;
  private reason: string | undefined;
  private retryAfter: number | undefined;
  private waiting = 0;

  constructor(shipment: Shipment<T, B>) {
    this.shipment = shipment;
  }

  async sendAll(parcels: readonly Parcel<T>[]): Promise<ExportResult> {
    for (const batch of this.batches(parcels)) await this.sendBatch(batch);
    if (this.waiting > 0) {
      throw new ExportError(`${this.waiting} were not taken for now (${this.reason ?? 'no reason given'})`, {
        ...(this.retryAfter !== undefined && { retryAfter: this.retryAfter }),
      });
    }
    return {
      accepted: this.accepted,
      rejected: this.rejected,
      ...(this.reason !== undefined && { reason: this.reason }),
    };
  }

  /** As many parcels as a request may have, in order. */
  private *batches(parcels: readonly Parcel<T>[]): Iterable<readonly Parcel<T>[]> {
    const { maxWeight, weigh = () => 1, measure } = this.shipment;
    const room = measure === undefined ? 0 : this.room();
    let batch: Parcel<T>[] = [];
    let weight = 0;
    let bytes = 0;
    for (const parcel of parcels) {
      const more = weigh(parcel.payload);
      const moreBytes = measure?.(parcel.payload) ?? 0;
      if (batch.length > 0 && (weight + more > maxWeight || bytes + moreBytes > room)) {
        yield batch;
        batch = [];
        weight = 0;
        bytes = 0;
      }
      batch.push(parcel);
      weight += more;
      bytes += moreBytes;
    }
    if (batch.length > 0) yield batch;
  }

  /** Bytes that payloads may have together. */
  private room(): number {
    const { maxBytes = Number.POSITIVE_INFINITY, encode } = this.shipment;
    return maxBytes - byteLengthOf(encode([]));
  }

  private async sendBatch(batch: readonly Parcel<T>[]): Promise<void> {
    const { context, maxBytes = Number.POSITIVE_INFINITY, whenUnknown } = this.shipment;
    const payloads = batch.map(({ payload }) => payload);
    const body = this.shipment.encode(payloads);
    const bytes = byteLengthOf(body);
    if (bytes > maxBytes) {
      if (batch.length > 1) return this.sendHalves(batch);
      return this.refuse(batch, `one of them has ${bytes} bytes, the most that may be sent is ${maxBytes}`);
    }
    let answer: ParcelAnswer | void;
    try {
      answer = await this.shipment.send(body, payloads);
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      if (error.divisible) {
        if (batch.length === 1 || this.splits >= MAX_SPLITS) return this.refuse(batch, error.message);
        this.splits++;
        return this.sendHalves(batch);
      }
      if (error.outcomeUnknown) {
        context.unknown?.(itemsOf(batch), whenUnknown);
        throw new ExportError(error.message, {
          cause: error,
          ...(error.retryAfter !== undefined && { retryAfter: error.retryAfter }),
        });
      }
      if (!error.retryable) return this.refuse(batch, error.message);
      throw error;
    }
    this.settle(batch, answer ?? {});
  }

  private async sendHalves(batch: readonly Parcel<T>[]): Promise<void> {
    const half = Math.ceil(batch.length / 2);
    await this.sendBatch(batch.slice(0, half));
    await this.sendBatch(batch.slice(half));
  }

  private settle(batch: readonly Parcel<T>[], answer: ParcelAnswer): void {
    const { refused = [], again = [], refusedCount = 0, reason, retryAfter } = answer;
    if (reason !== undefined) this.reason = reason;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    const left = new Set([...refused, ...again]);
    const taken = itemsOf(batch.filter((_, i) => !left.has(i)));
    const lost = Math.min(refusedCount, taken.length);
    this.accepted += taken.length - lost;
    this.rejected += lost;
    // Where the backend does not say which it refused, none can be named; all are settled when the call resolves.
    if (lost === 0) this.shipment.context.accepted(taken);
    if (refused.length > 0) {
      this.refuse(
        refused.map((i) => batch[i] as Parcel<T>),
        reason ?? 'the backend gave no reason',
      );
    }
    this.waiting += again.length;
  }

  private refuse(batch: readonly Parcel<T>[], reason: string): void {
    const items = itemsOf(batch);
    this.reason = reason;
    this.rejected += items.length;
    this.shipment.context.rejected?.(items, reason);
  }
}

function itemsOf(parcels: readonly Parcel<unknown>[]): readonly Exportable[] {
  return parcels.flatMap(({ items }) => items);
}

function byteLengthOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}
