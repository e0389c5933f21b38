import { messageOf } from '@telltale/core';

/** A registry of prom-client (15 and later) or @prometheus-io/client: what is read of it. */
export interface MergeableRegistry {
  getMetricsAsJSON(): Promise<readonly object[]>;
  /** Registries of the OpenMetrics type name their counters without `_total`. */
  readonly contentType?: string;
}

/** One metric of another library's registry. */
export interface MergedFamily {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  /** Name of the samples that have no name of their own; for counters as the library serves it, mostly with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly samples: readonly MergedSample[];
}

/** As both libraries give it. */
export interface MergedSample {
  readonly value: number;
  readonly metricName?: string;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly exemplar?: {
    readonly labelSet?: Readonly<Record<string, string | number>>;
    readonly value: number;
    readonly timestamp?: number;
  } | null;
}

/** How a registry is told apart in problems: by its place in the `merge` option. */
export type ReportProblem = (subject: string, message: string) => void;

/** Milliseconds a registry may take; its metrics are left out of a scrape that would otherwise wait for a stuck `collect`. */
const MERGE_TIMEOUT_MS = 2000;

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary']);

/** Reads a registry of another library. Never rejects: what fails is told and left out. */
export class MergedRegistry {
  private pending: Promise<readonly object[]> | undefined;
  private readonly registry: MergeableRegistry;
  private readonly title: string;

  constructor(registry: MergeableRegistry, index: number) {
    this.registry = registry;
    this.title = `merge[${index}]`;
  }

  async read(report: ReportProblem, timeoutMs: number = MERGE_TIMEOUT_MS): Promise<readonly MergedFamily[]> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it took longer than ${timeoutMs / 1000} s`)), timeoutMs);
    });
    try {
      // A registry that hangs is asked once, not once per scrape.
      this.pending ??= this.ask().finally(() => {
        this.pending = undefined;
      });
      const metrics = await Promise.race([this.pending, timeout]);
      return metrics.map((metric) => this.family(metric, report)).filter((family) => family !== undefined);
    } catch (error) {
      report(this.title, `the metrics of ${this.title} are missing from a scrape: ${messageOf(error)}`);
      return [];
    } finally {
      clearTimeout(timer);
    }
  }

  private async ask(): Promise<readonly object[]> {
    return await this.registry.getMetricsAsJSON();
  }

  private family(metric: object, report: ReportProblem): MergedFamily | undefined {
    const { name, type, help, values } = metric as Record<string, unknown>;
    if (typeof name !== 'string' || !NAME.test(name) || typeof type !== 'string' || !TYPES.has(type)) {
      report(
        `${this.title} ${String(name)}`,
        `the metric ${String(name)} of ${this.title} is no metric of prom-client 15: it is left out`,
      );
      return undefined;
    }
    const openMetrics = this.registry.contentType?.startsWith('application/openmetrics-text') === true;
    return {
      type: type as MergedFamily['type'],
      name: type === 'counter' && openMetrics ? `${name.replace(/_total$/, '')}_total` : name,
      help: typeof help === 'string' ? help : '',
      samples: Array.isArray(values) ? (values as readonly MergedSample[]) : [],
    };
  }
}
