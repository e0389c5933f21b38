import type { SeriesAttributes } from '../attributes.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { Metric, MetricReader, MetricsSnapshot, MetricsSource, Point } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { Sampler } from '../spans/sampler.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import { guarded } from './guarded.ts';
import { namePatterns } from './name-patterns.ts';

/** What one exporter is handed of all that is recorded, and how its metrics are called: `filter`, `sampling` and `prefix`. */
export class Selection {
  private readonly prefix: string;
  private readonly sampler: Sampler | undefined;
  private readonly isNamed: ((name: string) => boolean) | undefined;
  private readonly isSeries: ((name: string, attributes: SeriesAttributes) => boolean) | undefined;
  private readonly isSpan: ((span: FinishedSpan) => boolean) | undefined;
  private readonly isEvent: ((event: OperationEvent) => boolean) | undefined;

  constructor(exporter: string, settings: DeliverySettings, diagnostics: Diagnostics) {
    const { filter = {}, prefix = '', sampling } = settings;
    this.prefix = prefix;
    this.sampler = sampling === undefined ? undefined : new Sampler(sampling);
    this.isNamed = filter.metrics === undefined ? undefined : nameFilter(filter.metrics);
    const { series, spans, events } = filter;
    this.isSeries = series && askedOnce(guarded(series, 'filter.series', exporter, diagnostics));
    this.isSpan = spans && guarded(spans, 'filter.spans', exporter, diagnostics);
    this.isEvent = events && guarded(events, 'filter.events', exporter, diagnostics);
  }

  takesSpan(span: FinishedSpan): boolean {
    const sampled = this.sampler?.takes(span.traceId, span.status === 'error', span.endTime - span.startTime) ?? true;
    return sampled && (this.isSpan?.(span) ?? true);
  }

  /** An event that belongs to no trace is not thinned out; others go with their trace, or are kept as their operation's span is. */
  takesEvent(event: OperationEvent): boolean {
    const { traceId, error, duration } = event;
    const sampled = traceId === undefined || (this.sampler?.takes(traceId, error !== undefined, duration) ?? true);
    return sampled && (this.isEvent?.(event) ?? true);
  }

  /** The metrics and series that are wanted; the points are the same objects. */
  metrics(snapshot: MetricsSnapshot): MetricsSnapshot {
    if (this.isNamed === undefined && this.isSeries === undefined) return snapshot;
    const metrics = snapshot.metrics
      .filter(({ name }) => this.isNamed?.(name) ?? true)
      .map((metric) => this.seriesOf(metric))
      .filter(({ points }) => points.length > 0);
    return Object.freeze({ ...snapshot, metrics: Object.freeze(metrics) });
  }

  /** The metrics by the names they have for this exporter; the points are the same objects. */
  renamed(snapshot: MetricsSnapshot): MetricsSnapshot {
    if (this.prefix === '') return snapshot;
    const metrics = snapshot.metrics.map((metric) => Object.freeze({ ...metric, name: this.prefix + metric.name }));
    return Object.freeze({ ...snapshot, metrics: Object.freeze(metrics) });
  }

  /** The same for an exporter that serves what it reads. */
  source(source: MetricsSource): MetricsSource {
    if (this.isNamed === undefined && this.isSeries === undefined && this.prefix === '') return source;
    return {
      resource: source.resource,
      open: async () => {
        const readers = await source.open();
        return readers.filter(({ name }) => this.isNamed?.(name) ?? true).map((reader) => this.reader(reader));
      },
      ...(source.onLead && { onLead: (listener) => source.onLead?.(listener) }),
      problem: (subject, message) => source.problem(subject, message),
    };
  }

  private seriesOf(metric: Metric): Metric {
    const { isSeries } = this;
    if (isSeries === undefined) return metric;
    const points = (metric.points as readonly Point[]).filter(({ attributes }) => isSeries(metric.name, attributes));
    if (points.length === metric.points.length) return metric;
    return Object.freeze({ ...metric, points: Object.freeze(points) }) as Metric;
  }

  private reader(reader: MetricReader): MetricReader {
    const { isSeries, prefix } = this;
    const read = function* (): IterableIterator<Point> {
      for (const point of reader.read()) if (isSeries?.(reader.name, point.attributes) ?? true) yield point;
    };
    // A part of the points of a type is of that type.
    return { ...reader, name: prefix + reader.name, read } as MetricReader;
  }
}

function nameFilter({
  include = ['*'],
  exclude = [],
}: {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}): (name: string) => boolean {
  const [isIncluded, isExcluded] = [namePatterns(include), namePatterns(exclude)];
  // As many as there are instruments.
  const known = new Map<string, boolean>();
  return (name) => {
    let wanted = known.get(name);
    if (wanted === undefined) {
      wanted = isIncluded(name) && !isExcluded(name);
      known.set(name, wanted);
    }
    return wanted;
  };
}

/** A series is known by its attributes object; when that goes, so does what was said of it. */
function askedOnce(
  predicate: (name: string, attributes: SeriesAttributes) => boolean,
): (name: string, attributes: SeriesAttributes) => boolean {
  const answers = new WeakMap<SeriesAttributes, boolean>();
  return (name, attributes) => {
    let wanted = answers.get(attributes);
    if (wanted === undefined) {
      wanted = predicate(name, attributes);
      answers.set(attributes, wanted);
    }
    return wanted;
  };
}
