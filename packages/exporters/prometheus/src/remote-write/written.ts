import type { Answer } from '@telltale/exporter-kit';
import type { RemotePoint } from './remote-series.ts';

/** How many there were of each. */
export interface Written {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

const KINDS = ['samples', 'histograms', 'exemplars'] as const;

/**
 * What a receiver says it has written ("Required `Written` Response Headers" of remote write 2.0): what it does not name is none. `undefined` when
 * it names nothing: it does not speak 2.0.
 */
export function writtenOf({ headers }: Answer): Written | undefined {
  const counts = KINDS.map((kind) => headers[`x-prometheus-remote-write-${kind}-written`]);
  if (counts.every((count) => count === undefined)) return undefined;
  const [samples = 0, histograms = 0, exemplars = 0] = counts.map((count) => Number(count ?? 0) || 0);
  return { samples, histograms, exemplars };
}

/** What is in a request. */
export function contentOf(points: readonly RemotePoint[], native: boolean): Written {
  const counts = { samples: 0, histograms: 0, exemplars: 0 };
  for (const point of points) {
    for (const { value, exemplars } of point.series(native)) {
      if (typeof value === 'number') counts.samples++;
      else counts.histograms++;
      counts.exemplars += exemplars.length;
    }
  }
  return counts;
}

/** Samples and native histograms that are missing. Exemplars are examples: without them a point is there all the same. */
export function missingOf(sent: Written, written: Written): number {
  return Math.max(0, sent.samples - written.samples) + Math.max(0, sent.histograms - written.histograms);
}

/** `10 of 12 samples, 0 of 1 histograms`. */
export function described(sent: Written, written: Written): string {
  return KINDS.filter((kind) => sent[kind] > 0)
    .map((kind) => `${written[kind]} of ${sent[kind]} ${kind}`)
    .join(', ');
}
