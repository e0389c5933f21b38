import { createHash } from 'node:crypto';

/** How metrics and attributes are called in CloudWatch: `http.route` as it is, or `HttpRoute`. */
export type Naming = 'dots' | 'pascal';

/** "MetricDatum", CloudWatch API reference: of the name of a metric. */
const MAX_METRIC_NAME = 255;
/** The smaller of "Dimension", CloudWatch API reference (255), and aws-embedded-metrics (250). */
const MAX_DIMENSION_NAME = 250;
/** "Dimension", CloudWatch API reference. */
const MAX_DIMENSION_VALUE = 1024;

const EMPTY = '(empty)';
/** What CloudWatch refuses (all but ASCII that can be printed), and what looks as if it had been escaped. */
const ESCAPED = /[^\x20-\x7e]|%[0-9A-F]{2}|%u[0-9A-F]{4}/u;
const HASH_DIGITS = 12;

export interface SpellingOptions {
  readonly naming: Naming;
  /** Names of dimensions that are taken. */
  readonly reserved?: readonly string[];
  /** Metrics and dimensions stand side by side, so that none may be called as one of the others. */
  readonly together?: boolean;
}

/** Names and values in CloudWatch's spelling. What differs stays different: a name that another has already keeps its own spelling. */
export class Spelling {
  private readonly metrics: UniqueNames;
  private readonly dimensions: UniqueNames;

  constructor({ naming, reserved = [], together = false }: SpellingOptions) {
    const max = together ? MAX_DIMENSION_NAME : MAX_METRIC_NAME;
    const metricsTaken = new Set<string>(together ? reserved : []);
    this.metrics = new UniqueNames(naming, max, metricsTaken);
    this.dimensions = new UniqueNames(naming, MAX_DIMENSION_NAME, together ? metricsTaken : new Set(reserved));
  }

  metricName(name: string): string {
    return this.metrics.of(name);
  }

  dimensionName(key: string): string {
    return this.dimensions.of(key);
  }

  dimensionValue(value: string | number | boolean): string {
    return ascii(String(value), MAX_DIMENSION_VALUE);
  }
}

class UniqueNames {
  private readonly naming: Naming;
  private readonly max: number;
  private readonly spelt = new Map<string, string>();
  private readonly taken: Set<string>;

  constructor(naming: Naming, max: number, taken: Set<string>) {
    this.naming = naming;
    this.max = max;
    this.taken = taken;
  }

  of(name: string): string {
    const known = this.spelt.get(name);
    if (known !== undefined) return known;
    const free = this.choose(name);
    this.spelt.set(name, free);
    this.taken.add(free);
    return free;
  }

  private choose(name: string): string {
    // CloudWatch refuses names of dimensions that begin with a colon.
    const plain = ascii(name, this.max).replace(/^:/, '%3A');
    const pascal = this.naming === 'pascal' ? ascii(pascalOf(name), this.max) : plain;
    for (const choice of [pascal, plain]) if (choice !== EMPTY && !this.taken.has(choice)) return choice;
    const stem = plain.slice(0, this.max - HASH_DIGITS);
    for (let i = 2; ; i++) if (!this.taken.has(`${stem}_${i}`)) return `${stem}_${i}`;
  }
}

function pascalOf(name: string): string {
  return name
    .split(/[^\p{L}\p{N}]+/u)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

/** Text that CloudWatch takes, and that no other text gives: percent-encoded where it has to be, `(empty)`, and cut with a hash where it is too long. */
function ascii(text: string, max: number): string {
  if (text === '') return EMPTY;
  let clean = text;
  if (ESCAPED.test(text) || text === EMPTY) clean = text.replaceAll(/[^\x20-\x7e]|%|^\(/gu, escaped);
  // At least one character must not be white space.
  else if (text.trim() === '') clean = text.replaceAll(' ', '%20');
  if (clean.length <= max) return clean;
  const hash = createHash('sha256').update(clean).digest('hex').slice(0, HASH_DIGITS);
  return `${clean.slice(0, max - HASH_DIGITS - 1)}~${hash}`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
  // Half of a pair of surrogates has no UTF-8.
  if (code >= 0xd800 && code <= 0xdfff) return `%u${hex(code)}`;
  return [...Buffer.from(character)].map((byte) => `%${hex(byte)}`).join('');
}
