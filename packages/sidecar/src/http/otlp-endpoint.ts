import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, type Signal } from '@telltale/core';
import { Malformed } from '../otlp/raw-values.ts';
import type { Encoding } from '../otlp/requests.ts';
import type { Receiver } from '../receiver.ts';
import type { StoreLimits } from '../store/limits.ts';
import { BytesInFlight, type HeldBody, Refused, readBody } from './read-body.ts';

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp-request */
export const OTLP_PATHS: ReadonlyMap<string, Signal> = new Map([
  ['/v1/traces', 'spans'],
  ['/v1/metrics', 'metrics'],
  ['/v1/logs', 'events'],
]);

const TYPES: Readonly<Record<Encoding, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' };

/** Requests that wait for their turn to be decoded, one after the other. */
const MAX_WAITING = 64;
/** Milliseconds for which what a client still sends is read and thrown away, so that it sees the answer. */
const LINGER_MS = 1000;
/** Seconds after which who is told to come again may. */
const RETRY_AFTER = 1;

/** google/rpc/code.proto, by status of HTTP. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  404: 5,
  405: 12,
  413: 3,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};

/** Takes requests of OTLP over HTTP, and answers them as its specification says. */
export class OtlpEndpoint {
  private readonly receiver: Receiver;
  private readonly limits: StoreLimits;
  private readonly inFlight: BytesInFlight;
  private turn: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private underWay = 0;
  private draining = false;
  private idle: (() => void) | undefined = undefined;
  private readonly told = new Map<string, number>();

  constructor(receiver: Receiver, limits: StoreLimits) {
    this.receiver = receiver;
    this.limits = limits;
    this.inFlight = new BytesInFlight(limits.bytesInFlight);
  }

  /** Requests so far, by signal and status. */
  get answered(): ReadonlyMap<string, number> {
    return this.told;
  }

  /** Never rejects. */
  async handle(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.underWay++;
    try {
      await this.answer(signal, request, response);
    } catch (error) {
      const refused =
        error instanceof Refused
          ? error
          : error instanceof Malformed
            ? new Refused(400, error.message)
            : new Refused(500, `the request could not be taken: ${messageOf(error)}`);
      this.refuse(signal, refused, request, response);
    } finally {
      this.underWay--;
      if (this.underWay === 0) this.idle?.();
    }
  }

  /** Who asks for what there is not, or may not. */
  refuse(signal: Signal | undefined, refused: Refused, request: IncomingMessage, response: ServerResponse): void {
    const { status, message, retryAfter } = refused;
    this.count(signal, status);
    if (response.headersSent || response.destroyed) return;
    const encoding = encodingOf(request) ?? 'json';
    const body = this.receiver.otlp.status(encoding, CODES[status] ?? 2, message);
    const unread = !request.complete;
    send(response, status, TYPES[encoding], body, {
      ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
      ...(status === 405 && { Allow: 'POST' }),
      ...(status === 401 && { 'WWW-Authenticate': 'Bearer' }),
      ...((unread || this.draining) && { Connection: 'close' }),
    });
    if (!unread) return;
    request.resume();
    setTimeout(() => request.destroy(), LINGER_MS).unref();
  }

  /** Takes no more, and waits for what is under way, for `seconds` at most. */
  async drain(seconds: number): Promise<void> {
    this.draining = true;
    if (this.underWay === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.idle = resolve;
      timer = setTimeout(resolve, seconds * 1000);
    });
    clearTimeout(timer);
  }

  private async answer(signal: Signal, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') throw new Refused(405, 'OTLP is sent with POST');
    const encoding = encodingOf(request);
    if (encoding === undefined) {
      const type = (request.headers['content-type'] ?? 'none').slice(0, 80);
      throw new Refused(415, `the content-type is ${type}; send application/x-protobuf or application/json`);
    }
    if (this.draining) throw new Refused(503, 'the sidecar is ending; send this to the next one', RETRY_AFTER);
    const held = await readBody(request, this.limits.bodyBytes, this.inFlight);
    const tally = await this.inTurn(held, () => this.receiver.take(signal, encoding, held.body));
    const body = this.receiver.otlp.response(signal, encoding, tally.rejected, tally.message);
    this.count(signal, 200);
    if (response.destroyed) return;
    send(response, 200, TYPES[encoding], body, this.draining ? { Connection: 'close' } : {});
  }

  /** One after the other: what is decoded at once takes memory, and no less time. */
  private async inTurn<T>(held: HeldBody, work: () => Promise<T>): Promise<T> {
    try {
      if (this.waiting >= MAX_WAITING) {
        throw new Refused(429, `${MAX_WAITING} requests wait to be decoded; send this one again`, RETRY_AFTER);
      }
      this.waiting++;
      const turn = this.turn.then(work);
      this.turn = turn.catch(() => {});
      return await turn.finally(() => this.waiting--);
    } finally {
      held.release();
    }
  }

  private count(signal: Signal | undefined, status: number): void {
    const key = `${signal ?? 'none'} ${status}`;
    this.told.set(key, (this.told.get(key) ?? 0) + 1);
  }
}

function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return (Object.keys(TYPES) as Encoding[]).find((encoding) => TYPES[encoding] === type);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.byteLength, ...headers });
  response.end(body);
}
