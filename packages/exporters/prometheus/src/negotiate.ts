import { ESCAPINGS, type Escaping } from './escaping.ts';
import type { Format } from './format.ts';
import type { ScrapeForm } from './scrape.ts';

/** What is served, and what the answer says of it. */
export interface Negotiated extends ScrapeForm {
  readonly contentType: string;
}

/** A format as the pages "Scrape protocol content negotiation" and "Exposition formats" of Prometheus name it. */
interface Protocol {
  readonly format: Format;
  readonly type: string;
  readonly subtype: string;
  /** In the order in which the answer has them. A range that says one of them says it so. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How exactly it must be asked for. */
  readonly atLeast: Exactness;
  /** Later versions have the parameter `escaping`, and the answer always says it. */
  readonly escapes: boolean;
}

/** Of a media range: what names more is closer. */
const ANYTHING = 0;
const TYPE = 1;
const SUBTYPE = 2;
const PARAMETERS = 3;
type Exactness = typeof ANYTHING | typeof TYPE | typeof SUBTYPE | typeof PARAMETERS;

const TEXT: Protocol = {
  format: 'text',
  type: 'text',
  subtype: 'plain',
  parameters: { version: '0.0.4', charset: 'utf-8' },
  atLeast: ANYTHING,
  escapes: false,
};

const TEXT_1: Protocol = {
  ...TEXT,
  parameters: { version: '1.0.0', charset: 'utf-8' },
  atLeast: PARAMETERS,
  escapes: true,
};

const OPENMETRICS: Protocol = {
  format: 'openmetrics',
  type: 'application',
  subtype: 'openmetrics-text',
  parameters: { version: '1.0.0', charset: 'utf-8' },
  atLeast: TYPE,
  escapes: true,
};

const OPENMETRICS_0: Protocol = {
  ...OPENMETRICS,
  parameters: { version: '0.0.1', charset: 'utf-8' },
  atLeast: PARAMETERS,
  escapes: false,
};

/** Nobody who asks by a wildcard can be expected to read it. */
const PROTOBUF: Protocol = {
  format: 'protobuf',
  type: 'application',
  subtype: 'vnd.google.protobuf',
  parameters: { proto: 'io.prometheus.client.MetricFamily', encoding: 'delimited' },
  atLeast: SUBTYPE,
  escapes: true,
};

/** Of what is wanted equally, the first. */
const TEXT_PROTOCOLS = [OPENMETRICS, OPENMETRICS_0, TEXT_1, TEXT];
const PROTOCOLS = [PROTOBUF, ...TEXT_PROTOCOLS];

/**
 * What an `Accept` header asks for, by RFC 9110: of each format the closest range counts, and of the formats the one that is wanted most. Text
 * 0.0.4 when none is accepted: a scrape in a known format helps more than an error.
 */
export function negotiate(accept: string | undefined): Negotiated {
  return choose(accept, PROTOCOLS);
}

/** The same without protobuf. */
export function negotiateText(accept: string | undefined): Negotiated {
  return choose(accept, TEXT_PROTOCOLS);
}

/** Whether an `Accept-Encoding` header lets the answer be gzipped. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = parseRanges(acceptEncoding);
  const range =
    ranges.find(({ name }) => name === 'gzip' || name === 'x-gzip') ?? ranges.find(({ name }) => name === '*');
  return range !== undefined && range.quality > 0;
}

function choose(accept: string | undefined, protocols: readonly Protocol[]): Negotiated {
  const ranges = parseRanges(accept);
  let best: Protocol = TEXT;
  let wanted: Range | undefined;
  for (const protocol of protocols) {
    const range = closest(ranges, protocol);
    if (range !== undefined && range.quality > (wanted?.quality ?? 0)) {
      best = protocol;
      wanted = range;
    }
  }
  const asked = best.escapes
    ? ESCAPINGS.find((escaping) => escaping === wanted?.parameters.get('escaping'))
    : undefined;
  const escaping: Escaping = asked ?? 'underscores';
  const parameters = Object.entries({ ...best.parameters, ...(best.escapes && { escaping }) });
  const contentType = [`${best.type}/${best.subtype}`, ...parameters.map(([key, value]) => `${key}=${value}`)].join(
    '; ',
  );
  return { format: best.format, escaping, contentType };
}

interface Range {
  /** In lower case. */
  readonly name: string;
  /** 0 to 1; 0 is not accepted. */
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A list whose members have parameters; commas and semicolons in quotes are text. */
function parseRanges(header = ''): readonly Range[] {
  return split(header, ',').map(parseRange);
}

function split(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  // By hand: an expression that knows of quotes takes quadratic time for a header made to that end.
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') quoted = !quoted;
    else if (character === '\\' && quoted) i++;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function parseRange(text: string): Range {
  const [name = '', ...rest] = split(text, ';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key = '', value = ''] = parameter.split('=', 2).map((each) => each.trim());
    const unquoted = value.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
    parameters.set(key.toLowerCase(), unquoted);
  }
  return { name: name.toLowerCase(), quality: parseQuality(parameters.get('q')), parameters };
}

function parseQuality(text = '1'): number {
  const quality = Number.parseFloat(text);
  return Number.isNaN(quality) ? 1 : Math.min(Math.max(quality, 0), 1);
}

/** Of equally close ranges, the one that is wanted most. */
function closest(ranges: readonly Range[], protocol: Protocol): Range | undefined {
  let result: Range | undefined;
  let closeness = -1;
  for (const range of ranges) {
    const exactness = exactnessOf(range, protocol);
    if (exactness < protocol.atLeast || exactness < closeness) continue;
    if (exactness === closeness && range.quality <= (result?.quality ?? 0)) continue;
    result = range;
    closeness = exactness;
  }
  return result;
}

/** -1 where the range is of something else. */
function exactnessOf({ name, parameters }: Range, protocol: Protocol): Exactness | -1 {
  if (name === '*/*') return ANYTHING;
  if (name === `${protocol.type}/*`) return TYPE;
  if (name !== `${protocol.type}/${protocol.subtype}`) return -1;
  let exactness: Exactness = SUBTYPE;
  for (const [key, value] of Object.entries(protocol.parameters)) {
    const asked = parameters.get(key);
    if (asked === undefined) continue;
    if (asked.toLowerCase() !== value.toLowerCase()) return -1;
    if (key !== 'charset') exactness = PARAMETERS;
  }
  return exactness;
}
