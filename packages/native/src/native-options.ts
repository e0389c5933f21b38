import { type BoundaryProtocol, checkKeys, TelemetryError } from '@telltale/core';

/** What is said of calls into WebAssembly. */
export interface ObserveWasmOptions {
  /** What is called: the value of `boundary.to`. */
  readonly to: string;
  /** The functions to observe, by name; default: all. */
  readonly operations?: readonly string[];
  /** Each call is a whole operation: timed, with a span, if spans are on, and an event. Default false: metrics alone. */
  readonly spans?: boolean;
  /** CPU time of each call. Makes it a whole operation, as `spans` does, and costs a few microseconds more. Default false. */
  readonly cpu?: boolean;
  /**
   * One of how many calls is timed; the others are counted, with the time of the last one that was. Default `'auto'`: by what a function takes,
   * each call of 10 µs and more, one in 10 below, one in 100 below a microsecond.
   */
  readonly sample?: number | 'auto';
}

/** What is said of calls into an add-on. */
export interface ObserveAddonOptions extends ObserveWasmOptions {
  /** Functions whose last argument is a callback that gets an error or null first, and is called once. */
  readonly callbacks?: readonly string[];
  /** Default `native`; `wasm` for a library whose JavaScript hides that it is WebAssembly. */
  readonly protocol?: BoundaryProtocol;
}

/** One in more would say too little of slow calls among fast ones. */
const MAX_SAMPLE = 10_000;

const KEYS = ['to', 'operations', 'spans', 'cpu', 'sample'];

/** Throws `ERR_OPTION` for options that are wrong. */
export function checkOptions(owner: string, options: ObserveAddonOptions, more: readonly string[] = []): void {
  checkKeys(owner, options, [...KEYS, ...more]);
  const { to, sample = 'auto', spans, cpu, protocol = 'native' } = options;
  const refuse = (option: string, value: unknown, mend: string): never => {
    throw new TelemetryError('ERR_OPTION', `"${option}" of ${owner} is ${describe(value)}; ${mend}.`);
  };
  if (typeof to !== 'string' || to === '') refuse('to', to, 'give the name of what is called, such as "image-codec"');
  if (typeof protocol !== 'string' || protocol === '') refuse('protocol', protocol, 'give a word, such as "native"');
  for (const option of ['operations', 'callbacks'] as const) {
    const names: unknown = options[option];
    if (names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string'))) continue;
    refuse(option, names, 'give the names of functions in an array');
  }
  for (const option of ['spans', 'cpu'] as const) {
    const value: unknown = options[option];
    if (value !== undefined && typeof value !== 'boolean') refuse(option, value, 'give true or false');
  }
  if (sample !== 'auto' && !(Number.isInteger(sample) && sample >= 1 && sample <= MAX_SAMPLE)) {
    refuse('sample', sample, `give "auto", or a whole number from 1 to ${MAX_SAMPLE}`);
  }
  if ((spans === true || cpu === true) && options.sample !== undefined) {
    refuse('sample', sample, 'leave it out with "spans" or "cpu", which time each call');
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || value === undefined
    ? (JSON.stringify(value) ?? 'missing')
    : `of type ${Array.isArray(value) ? 'array' : typeof value}`;
}
