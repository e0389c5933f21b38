import { TelemetryError } from '../errors.ts';
import type { AttributeSelection } from './attribute-rules.ts';

/** Which metrics there are and what they carry. Decided when an instrument is made, so that it costs nothing afterwards. */
export interface MetricsOptions {
  /** Names that are switched off; `job.*` stands for all that begin with `job.`, `*` for all. */
  readonly disable?: readonly string[];
  /** Old name → new name. */
  readonly rename?: Readonly<Record<string, string>>;
  /** By metric name, or a pattern as in `disable`: the first that fits counts. */
  readonly attributes?: Readonly<Record<string, AttributeSelection>>;
}

const KNOWN = ['disable', 'rename', 'attributes'];
const KNOWN_SELECTION = ['allow', 'deny', 'rename'];

/** Answers, for an instrument about to be made, what the options say of it. */
export class MetricsSelection {
  private readonly options: MetricsOptions;

  constructor(options: MetricsOptions) {
    checkKeys('metrics', options, KNOWN);
    checkNames('metrics.disable', options.disable);
    for (const [name, selection] of Object.entries(options.attributes ?? {})) {
      const path = `metrics.attributes["${name}"]`;
      checkKeys(path, selection, KNOWN_SELECTION);
      checkNames(`${path}.allow`, selection.allow);
      checkNames(`${path}.deny`, selection.deny);
    }
    this.options = options;
  }

  isDisabled(name: string): boolean {
    return this.options.disable?.some((pattern) => fits(pattern, name)) ?? false;
  }

  nameOf(name: string): string {
    const { rename } = this.options;
    return rename !== undefined && Object.hasOwn(rename, name) ? (rename[name] as string) : name;
  }

  attributesOf(name: string): AttributeSelection {
    const entries = Object.entries(this.options.attributes ?? {});
    return entries.find(([pattern]) => fits(pattern, name))?.[1] ?? {};
  }
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** A text would pass for a list: `includes` finds its parts. */
function checkNames(path: string, names: readonly string[] | undefined): void {
  if (names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string'))) return;
  throw new TelemetryError('ERR_OPTION', `"${path}" is not an array of names; write them as ['one', 'another'].`);
}

/** Throws for what is no object, and for a key that is not known, naming the nearest that is. `path` is empty at the top. */
export function checkKeys(path: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}" is ${options === null ? 'null' : `of type ${typeof options}`}; give an object.`,
    );
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const nearest = known.find((one) => isNear(one.toLowerCase(), key.toLowerCase()));
    throw new TelemetryError(
      'ERR_OPTION',
      `Unknown option "${path === '' ? key : `${path}.${key}`}"${nearest === undefined ? '.' : `; did you mean "${nearest}"?`} Known are ${known.join(', ')}.`,
    );
  }
}

/** Whether what differs between two words is one letter too many, too few, wrong or swapped with the next. */
function isNear(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === [...right].reverse().join(''));
}
