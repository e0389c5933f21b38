import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import type { AttributeSelection } from './attribute-rules.ts';
import { checkNames, checkSelection } from './check-selection.ts';
import type { ExemplarFilter } from './exemplars.ts';
import type { View } from './view.ts';
import { Views } from './views.ts';

/** Which metrics there are and what they carry. Decided when an instrument is made, so that it costs nothing afterwards. */
export interface MetricsOptions {
  /** Names that are switched off; `job.*` stands for all that begin with `job.`, `*` for all. */
  readonly disable?: readonly string[];
  /** Old name → new name. */
  readonly rename?: Readonly<Record<string, string>>;
  /** By metric name, or a pattern as in `disable`: the first that fits counts. */
  readonly attributes?: Readonly<Record<string, AttributeSelection>>;
  /** Change what becomes of instruments, in OpenTelemetry's words: streams, aggregations, names, attributes, limits. */
  readonly views?: readonly View[];
  /** Which measurements may become exemplars; default `trace_based`, those in sampled spans. `always_off` for none. */
  readonly exemplars?: ExemplarFilter;
}

const FILTERS: readonly ExemplarFilter[] = ['trace_based', 'always_on', 'always_off'];

const KNOWN = ['disable', 'rename', 'attributes', 'views', 'exemplars'];

/** Answers, for an instrument about to be made, what the options say of it. */
export class MetricsSelection {
  readonly views: Views;
  private readonly options: MetricsOptions;

  constructor(options: MetricsOptions) {
    checkKeys('metrics', options, KNOWN);
    checkNames('metrics.disable', options.disable);
    for (const [name, selection] of Object.entries(options.attributes ?? {})) {
      const path = `metrics.attributes["${name}"]`;
      checkSelection(path, selection);
    }
    const { exemplars } = options;
    if (exemplars !== undefined && !FILTERS.includes(exemplars)) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"metrics.exemplars" is ${typeof exemplars === 'string' ? `"${exemplars}"` : `of type ${typeof exemplars}`}; give one of ${FILTERS.join(', ')}.`,
      );
    }
    this.options = options;
    this.views = new Views(options.views);
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
