import { datadogName, datadogTag } from './datadog-spelling.ts';

/**
 * `etsy`: no tags, attributes are parts of the name. `graphite`: Etsy's, with attributes as Graphite's tags. `telegraf`: with attributes as InfluxDB's
 * tags. `datadog`: DogStatsD.
 */
export type StatsdDialect = 'etsy' | 'graphite' | 'telegraf' | 'datadog';

export type Tag = readonly [key: string, value: string];

/** How a daemon wants lines to be. A line is `head:value|type`, the sample rate if there is one, and `tail`. */
export interface Dialect {
  series(name: string, tags: readonly Tag[]): { readonly head: string; readonly tail: string };
  /** What histograms are sent as. */
  readonly timer: 'ms' | 'd';
  /** Whether the daemon weighs a timer by its sample rate, also in percentiles; else it only counts by it. */
  readonly weighs: boolean;
  /** Whether a gauge with a sign is a change to it. */
  readonly signedGauges: boolean;
  /** Whether each series says whose it is; else only those of other services do. */
  readonly identity: boolean;
}

/** Characters of a part of a name: file systems, to which Graphite writes, take 255. */
const MAX_PART = 128;

const plain = { timer: 'ms', signedGauges: true } as const;

export const dialects: Readonly<Record<StatsdDialect, Dialect>> = {
  etsy: {
    ...plain,
    weighs: false,
    identity: false,
    series: (name, tags) => ({ head: [plainName(name), ...tags.flat().map(part)].join('.'), tail: '' }),
  },
  graphite: {
    ...plain,
    weighs: false,
    identity: true,
    series: (name, tags) => ({
      head: [plainName(name), ...uniqueKeys(tags.map(cleaned)).map(([key, value]) => `${key}=${value}`)].join(';'),
      tail: '',
    }),
  },
  telegraf: {
    ...plain,
    weighs: true,
    identity: true,
    series: (name, tags) => ({
      head: [plainName(name), ...uniqueKeys(tags.map(cleaned)).map(([key, value]) => `${key}=${value}`)].join(','),
      tail: '',
    }),
  },
  datadog: {
    timer: 'd',
    weighs: true,
    signedGauges: false,
    identity: true,
    series: (name, tags) => ({
      head: datadogName(name),
      tail: tags.length === 0 ? '' : `|#${tags.map(([key, value]) => datadogTag(key, value)).join(',')}`,
    }),
  },
};

/** Dots part names; there is no other character that all daemons and stores keep. */
function plainName(name: string): string {
  const parts = name.split('.').map((one) => one.replaceAll(/[^A-Za-z0-9_-]+/g, '_'));
  return parts.filter((one) => one !== '').join('.') || '_';
}

function part(text: string): string {
  return trimmed(text.replaceAll(/[^A-Za-z0-9_-]+/g, '_'));
}

function cleaned([key, value]: Tag): Tag {
  return [trimmed(key.replaceAll(/[^A-Za-z0-9_.-]+/g, '_')), trimmed(value.replaceAll(/[^A-Za-z0-9_.-]+/g, '_'))];
}

function trimmed(text: string): string {
  return text.replaceAll(/_{2,}/g, '_').replaceAll(/^_|_$/g, '').slice(0, MAX_PART) || '_';
}

/** Keys that became the same are numbered. */
function uniqueKeys(tags: readonly Tag[]): readonly Tag[] {
  const seen = new Map<string, number>();
  return tags.map(([key, value]) => {
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    return [times === 1 ? key : `${key}_${times}`, value];
  });
}
