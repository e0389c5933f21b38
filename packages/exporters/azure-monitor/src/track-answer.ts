import type { ParcelAnswer } from '@telltale/exporter-kit';

/** An item that is to be sent, and its telemetry items as text. */
export interface Load {
  /** A span that is handed over again is the same object: what of it was taken is remembered by it. */
  readonly item: object;
  readonly envelopes: readonly { readonly index: number; readonly text: string }[];
  /** Only the first decides whether the item was taken: the others say what can be computed from it or is no count. */
  readonly firstDecides: boolean;
}

/** What the ingestion says of a request that it took in part ("TrackResponse"). */
interface TrackResponse {
  readonly itemsReceived: number;
  readonly itemsAccepted: number;
  readonly errors: readonly { readonly index: number; readonly statusCode: number; readonly message: string }[];
}

/** Statuses of single items that pass: too slow, too many, quota, breakdown (Microsoft's exporters have the same list). */
const PASSING = [401, 403, 408, 429, 439, 500, 502, 503, 504];
/** Sampling that is set up for the resource: what it leaves out was taken. */
const SAMPLED_OUT = /sampled out/i;

/** The body of an answer with 200, 206 or 400 that lists what was not taken; `undefined` where it lists nothing. */
export function trackResponse(body: Buffer): TrackResponse | undefined {
  try {
    const { itemsReceived, itemsAccepted, errors } = JSON.parse(body.toString('utf8')) as Partial<TrackResponse>;
    if (typeof itemsReceived !== 'number' || typeof itemsAccepted !== 'number' || !Array.isArray(errors))
      return undefined;
    const known = errors.filter((error) => Number.isInteger(error?.index) && Number.isInteger(error?.statusCode));
    return { itemsReceived, itemsAccepted, errors: known };
  } catch {
    return undefined;
  }
}

/** What became of each load. `taken` gets what is not to be sent a second time when the rest of its item is. */
export function parcelAnswer(
  loads: readonly Load[],
  response: TrackResponse,
  taken: (item: object, indexes: readonly number[]) => void,
): ParcelAnswer {
  const errors = new Map(response.errors.map((error) => [error.index, error]));
  const refused: number[] = [];
  const again: number[] = [];
  const reasons = new Map<string, number>();
  let next = 0;
  for (const [i, { item, envelopes, firstDecides }] of loads.entries()) {
    const fates = envelopes.map((envelope) => {
      const error = errors.get(next++);
      if (error === undefined || SAMPLED_OUT.test(error.message)) return { envelope, fate: 'taken' as const };
      const reason = `${error.statusCode} ${error.message}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      return { envelope, fate: PASSING.includes(error.statusCode) ? ('again' as const) : ('refused' as const) };
    });
    const deciding = firstDecides ? fates.slice(0, 1) : fates;
    if (deciding.some(({ fate }) => fate === 'again')) {
      again.push(i);
      taken(
        item,
        fates.filter(({ fate }) => fate !== 'again').map(({ envelope }) => envelope.index),
      );
    } else if (deciding.some(({ fate, envelope }) => fate === 'refused' && envelope.index === 0)) {
      refused.push(i);
    }
  }
  const silent = response.itemsReceived - response.itemsAccepted - response.errors.length;
  const reason = [...reasons].map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text)).join('; ');
  return {
    refused,
    again,
    ...(silent > 0 && { refusedCount: silent }),
    ...(reason !== '' && { reason: `Application Insights answered ${reason}`.slice(0, 500) }),
  };
}
