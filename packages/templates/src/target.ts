import type { AlertRule } from '@telltale/alerts';
import type { MetricConvention } from '@telltale/core/conventions';

/** One generated file. */
export interface TemplateFile {
  /** Relative, with `/`: `dashboards/requests.json`. */
  readonly path: string;
  /** Ends with a line break. */
  readonly content: string;
}

/** A metric as its instrument was made. `attributes`: the keys that its series have; what it does not have is looked for among those of the service. */
export type OwnMetric = Pick<MetricConvention, 'name' | 'type' | 'unit'> &
  Partial<Pick<MetricConvention, 'attributes'>>;

/** What all targets take. */
export interface TemplateOptions {
  /** Default `defaultRules()`. Targets without alert rules leave them out. */
  readonly rules?: readonly AlertRule[];
  /** Metrics of the service itself that rules name; Telltale's own are known. */
  readonly metrics?: readonly OwnMetric[];
}

/** What templates can be made for. */
export interface Target {
  /** One line, without a full stop. */
  readonly description: string;
  /** What to do with the files: one sentence each line, for the command line. */
  readonly next: readonly string[];
  readonly make: (options?: TemplateOptions) => readonly TemplateFile[];
}
