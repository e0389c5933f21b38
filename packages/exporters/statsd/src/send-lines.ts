import { type Exportable, type ExportContext, ExportError, type ExportResult, messageOf } from '@telltale/core';
import { datagramsOf } from './datagrams.ts';
import type { Lines } from './lines.ts';

/** Daemons add up what they are given: a second copy would be counted twice. */
export const WHEN_UNKNOWN = 'give-up';

/** Where lines go to; open for one call. */
export interface Wire {
  /** Resolves when the operating system has it, in full. `last`: resolves when all that can be known is known. */
  send(body: Buffer, last: boolean): Promise<void>;
  /** Whether what was sent may be lost without a word once a later send fails: then all of the call is of unknown outcome. */
  readonly stream: boolean;
  close(): void;
}

export interface LinesShipment {
  readonly context: ExportContext;
  readonly maxDatagram: number;
  /** For sentences: `udp://127.0.0.1:8125`. */
  readonly target: string;
  open(signal: AbortSignal): Promise<Wire>;
}

/**
 * Sends lines in order. What has no lines counts as taken; what has a line that no datagram can hold is refused. When a send fails, what did not leave is handed
 * over again, but for the item whose lines left in part, which is of unknown outcome and given up: sending it again would count a part twice.
 */
export async function sendLines(all: readonly Lines[], shipment: LinesShipment): Promise<ExportResult> {
  const { context, maxDatagram } = shipment;
  context.signal.throwIfAborted();
  const oversized = all.filter(({ lines }) => lines.some((line) => isLonger(line, maxDatagram)));
  const sendable = oversized.length === 0 ? all : all.filter((one) => !oversized.includes(one));
  const reason = `longer than the ${maxDatagram} bytes of a datagram`;
  if (oversized.length > 0) {
    context.rejected?.(
      oversized.map(({ item }) => item),
      reason,
    );
  }
  context.accepted(sendable.filter(({ lines }) => lines.length === 0).map(({ item }) => item));
  if (sendable.some(({ lines }) => lines.length > 0)) await deliver(sendable, shipment);
  return {
    accepted: sendable.length,
    rejected: oversized.length,
    ...(oversized.length > 0 && { reason }),
  };
}

/** In bytes, of which no UTF-16 unit takes more than three. */
function isLonger(line: string, most: number): boolean {
  return line.length * 3 > most && Buffer.byteLength(line) > most;
}

async function deliver(all: readonly Lines[], shipment: LinesShipment): Promise<void> {
  const { context, maxDatagram, target } = shipment;
  const datagrams = [...datagramsOf(all, maxDatagram)];
  /** Sent, but not known to have arrived. */
  const sent: Exportable[] = [];
  let broken: Exportable | undefined;
  let wire: Wire | undefined;
  let under: readonly Exportable[] = [];
  try {
    wire = await opened(shipment);
    for (const [i, datagram] of datagrams.entries()) {
      await context.request?.(datagram.body.byteLength);
      context.signal.throwIfAborted();
      if (wire.stream) under = [...datagram.ends, ...(datagram.broken === undefined ? [] : [datagram.broken])];
      await wire.send(datagram.body, i === datagrams.length - 1);
      broken = datagram.broken;
      under = [];
      if (wire.stream) sent.push(...datagram.ends);
      else context.accepted(datagram.ends);
    }
    context.accepted(sent);
  } catch (error) {
    const unsure = new Set([...sent, ...under, ...(broken === undefined ? [] : [broken])]);
    if (unsure.size > 0) context.unknown?.(unsure, WHEN_UNKNOWN);
    if (context.signal.aborted) throw context.signal.reason;
    throw new ExportError(`${target} could not be sent to (${messageOf(error)})`, { cause: error });
  } finally {
    wire?.close();
  }
}

/** A name server that does not answer must not outlive the signal. */
async function opened({ open, context: { signal } }: LinesShipment): Promise<Wire> {
  const opening = open(signal);
  return new Promise<Wire>((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason);
      opening.then(
        (wire) => wire.close(),
        () => {},
      );
    };
    signal.addEventListener('abort', stop, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
