import type { Format } from './samples.ts';

/** What is served in each format; from the pages "Exposition formats" of Prometheus and OpenMetrics 1.0. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

interface Weight {
  /** 0 to 1; 0 when not accepted. */
  readonly quality: number;
  /** How closely the format was named: 0 by a wildcard or not at all, more by its own name. */
  readonly exactness: number;
}

/**
 * The format for an `Accept` header. OpenMetrics when more than a wildcard for everything asks for it and text is not wanted more; text otherwise,
 * also when neither is accepted: a scrape in a known format helps more than an error.
 */
export function negotiateFormat(accept: string | undefined): Format {
  if (accept === undefined || accept === '') return 'text';
  const ranges = accept.split(',').map(parseRange);
  const openMetrics = weigh(ranges, 'application', 'openmetrics-text', '1.0.0');
  const text = weigh(ranges, 'text', 'plain', '0.0.4');
  return openMetrics.exactness > 0 && openMetrics.quality > 0 && openMetrics.quality >= text.quality
    ? 'openmetrics'
    : 'text';
}

/** Whether an `Accept-Encoding` header lets the answer be gzipped. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  const ranges = acceptEncoding.split(',').map(parseRange);
  const range =
    ranges.find(({ name }) => name === 'gzip' || name === 'x-gzip') ?? ranges.find(({ name }) => name === '*');
  return range !== undefined && range.quality > 0;
}

interface Range {
  readonly name: string;
  readonly quality: number;
  readonly version: string | undefined;
}

function parseRange(text: string): Range {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  let quality = 1;
  let version: string | undefined;
  for (const parameter of parameters) {
    const [key, value = ''] = parameter.split('=').map((part) => part.trim());
    if (key === 'q') quality = parseQuality(value);
    if (key === 'version') version = value.replace(/^"|"$/g, '');
  }
  return { name, quality, version };
}

function parseQuality(text: string): number {
  const quality = Number.parseFloat(text);
  return Number.isNaN(quality) ? 1 : Math.min(Math.max(quality, 0), 1);
}

/** The closest range decides, as RFC 9110 has it; of equally close ones the best. */
function weigh(ranges: readonly Range[], type: string, subtype: string, version: string): Weight {
  let result: Weight = { quality: 0, exactness: -1 };
  for (const range of ranges) {
    const exactness = exactnessOf(range, type, subtype, version);
    if (exactness < 0) continue;
    const closer = exactness > result.exactness || (exactness === result.exactness && range.quality > result.quality);
    if (closer) result = { quality: range.quality, exactness };
  }
  return result;
}

function exactnessOf(range: Range, type: string, subtype: string, version: string): number {
  if (range.name === `${type}/${subtype}`) {
    if (range.version === undefined) return 2;
    return range.version === version ? 3 : -1;
  }
  if (range.name === `${type}/*`) return 1;
  return range.name === '*/*' ? 0 : -1;
}
