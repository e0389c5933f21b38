import { checkKeys } from '../check-keys.ts';
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
