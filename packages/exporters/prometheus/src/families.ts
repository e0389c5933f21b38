import type { MetricReader, MetricsSource, Resource } from '@telltale/core';
import { ExponentialRange } from './exponential-buckets.ts';
import type { OwnLabels } from './labels.ts';
import type { MergedFamily } from './merged-registry.ts';
import { type FamilyType, type PrometheusName, prometheusName } from './names.ts';
import type { Pace } from './pace.ts';
import type { Format } from './samples.ts';
import { type LabelTexts, SeriesLabels } from './series-labels.ts';
import { TakenNames } from './taken-names.ts';

/** What is known about a family from one scrape to the next. */
export interface Family {
  readonly name: PrometheusName;
  readonly labels: SeriesLabels;
  readonly range: ExponentialRange;
}

/** The lines above the samples. */
export interface Metadata {
  readonly name: string;
  readonly type: FamilyType | 'info' | 'unknown';
  readonly unit: string;
  readonly help: string;
}

export interface PlannedReader {
  readonly reader: MetricReader;
  readonly texts: LabelTexts;
}

export interface PlannedFamily {
  readonly family: Family;
  readonly metadata: Metadata;
  readonly readers: readonly PlannedReader[];
  /** Several metrics with the same labels of the exporter's own: their series may be the same. */
  readonly overlapping: boolean;
}

/** What one scrape consists of: all names in it are valid and unique. */
export interface Plan {
  /** Services with their `target_info`, the telemetry's own first. */
  readonly target: { readonly metadata: Metadata; readonly resources: readonly Resource[] } | undefined;
  readonly families: readonly PlannedFamily[];
  readonly merged: readonly { readonly family: MergedFamily; readonly metadata: Metadata }[];
}

export interface FamilyOptions {
  readonly prefix: string;
  readonly targetInfo: boolean;
  readonly scopeLabels: boolean;
}

interface Group {
  readonly family: Family;
  readonly readers: PlannedReader[];
  readonly own: Set<LabelTexts>;
  help: string;
}

const TARGET_HELP = 'The service that these metrics are about';
/** Labels that the samples of a type have of their own. */
export const RESERVED_LABELS: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: [],
  gauge: [],
  histogram: ['le'],
  summary: ['quantile'],
};
/** Names are looked up again in each scrape; an instrument that is gone must not stay for ever. */
const MAX_CACHED_NAMES = 20_000;

/** Sorts metrics into families, which must be contiguous in a scrape, and keeps what is worth keeping between scrapes. */
export class Families {
  private known = new Map<string, Family>();
  private readonly names = new Map<string, PrometheusName>();
  private readonly options: FamilyOptions;

  constructor(options: FamilyOptions) {
    this.options = options;
  }

  /** Yields when a slice is over. */
  *plan(
    readers: readonly MetricReader[],
    merged: readonly MergedFamily[],
    source: MetricsSource,
    format: Format,
    pace: Pace,
  ): Generator<void, Plan> {
    const groups = new Map<string, Group>();
    const known = new Map<string, Family>();
    const resources = new Set<Resource>([source.resource]);
    let seen = 0;
    for (const reader of readers) {
      if ((++seen & 63) === 0 && pace.over()) yield;
      resources.add(reader.resource);
      const name = this.nameOf(reader);
      const group = groups.get(name.sample) ?? this.newGroup(name, reader, known);
      if (!agree(group.family.name, name)) {
        source.problem(
          name.sample,
          conflict(`the ${reader.type} "${reader.name}"`, name.sample, `a ${group.family.name.type}`),
        );
        continue;
      }
      groups.set(name.sample, group);
      if (group.help === '') group.help = reader.description;
      const texts = group.family.labels.with(this.ownLabels(reader, source.resource));
      group.readers.push({ reader, texts });
      group.own.add(texts);
    }
    this.known = known;

    const taken = new TakenNames(format);
    if (this.options.targetInfo) taken.take('target_info', 'unknown', 'the service');
    const families = yield* ownFamilies([...groups.values()], taken, format, source, pace);
    const others = mergedFamilies(merged, taken, format, source);
    return { target: this.target(taken, format, resources), families, merged: others };
  }

  private newGroup(name: PrometheusName, reader: MetricReader, known: Map<string, Family>): Group {
    const key = `${name.sample} ${name.type}`;
    const family = this.known.get(key) ?? {
      name,
      labels: new SeriesLabels(RESERVED_LABELS[name.type], isSingle(name.type) ? name.sample : undefined),
      range: new ExponentialRange(),
    };
    known.set(key, family);
    return { family, readers: [], own: new Set(), help: reader.description };
  }

  private nameOf({ name, unit, type }: MetricReader): PrometheusName {
    const key = `${type} ${name.length} ${name} ${unit}`;
    let result = this.names.get(key);
    if (result === undefined) {
      if (this.names.size >= MAX_CACHED_NAMES) this.names.clear();
      result = prometheusName(name, unit, type, this.options.prefix);
      this.names.set(key, result);
    }
    return result;
  }

  /** Series of other services in the process must not be the same as the telemetry's own. */
  private ownLabels({ resource, scope }: MetricReader, primary: Resource): OwnLabels {
    const labels: [string, string][] = [];
    if (resource !== primary)
      labels.push(['service_name', String(resource.attributes['service.name'] ?? 'unknown_service')]);
    if (this.options.scopeLabels)
      labels.push(['otel_scope_name', scope.name], ['otel_scope_version', scope.version ?? '']);
    return labels;
  }

  private target(taken: TakenNames, format: Format, resources: ReadonlySet<Resource>): Plan['target'] {
    if (!this.options.targetInfo) return undefined;
    const info = format === 'openmetrics' && taken.take('target', 'unknown', 'the service') === undefined;
    const metadata: Metadata = info
      ? { name: 'target', type: 'info', unit: '', help: TARGET_HELP }
      : { name: 'target_info', type: 'gauge', unit: '', help: TARGET_HELP };
    return { metadata, resources: [...resources] };
  }
}

/** Whether a series of this type is one sample. */
function isSingle(type: FamilyType): boolean {
  return type === 'counter' || type === 'gauge';
}

/** The unit may be known from one of the metrics only: the name has it in any case. */
function agree(a: PrometheusName, b: PrometheusName): boolean {
  return a.type === b.type && (a.unit === b.unit || a.unit === '' || b.unit === '');
}

function* ownFamilies(
  groups: readonly Group[],
  taken: TakenNames,
  format: Format,
  source: MetricsSource,
  pace: Pace,
): Generator<void, PlannedFamily[]> {
  const planned = new Map<Group, PlannedFamily>();
  // Counters last: they alone can give way without being left out.
  const counters = groups.filter(({ family }) => family.name.type === 'counter');
  const rest = groups.filter(({ family }) => family.name.type !== 'counter');
  let seen = 0;
  for (const group of [...rest, ...counters]) {
    if ((++seen & 63) === 0 && pace.over()) yield;
    const { family, readers, own, help } = group;
    const { name } = family;
    const title = `the ${name.type} "${readers[0]?.reader.name}"`;
    const metadata = takeNames(taken, format, { ...name, help }, title, source);
    if (metadata) planned.set(group, { family, metadata, readers, overlapping: own.size < readers.length });
  }
  return groups.map((group) => planned.get(group)).filter((family) => family !== undefined);
}

function mergedFamilies(
  merged: readonly MergedFamily[],
  taken: TakenNames,
  format: Format,
  source: MetricsSource,
): Plan['merged'] {
  const planned: { family: MergedFamily; metadata: Metadata }[] = [];
  for (const family of merged) {
    const { name: sample, type, help } = family;
    const name = { type, sample, family: type === 'counter' ? sample.replace(/_total$/, '') : sample, unit: '', help };
    const metadata = takeNames(taken, format, name, `the merged ${type} "${sample}"`, source);
    if (metadata) planned.push({ family, metadata });
  }
  return planned;
}

/** Takes the names of a family; tells and returns nothing if one of them is taken. */
function takeNames(
  taken: TakenNames,
  format: Format,
  name: PrometheusName & { readonly help: string },
  title: string,
  source: MetricsSource,
): Metadata | undefined {
  const { type, family, sample, unit, help } = name;
  const counter = type === 'counter';
  const regular = !counter || sample === `${family}_total`;
  let other = regular ? taken.take(family, type, title) : undefined;
  if (regular && other === undefined) {
    return { name: counter && format === 'text' ? sample : family, type, unit, help };
  }
  // A counter that shares its name without the ending with a gauge, or that has no such ending (prom-client), is no counter to OpenMetrics.
  if (counter) other = taken.take(sample, 'unknown', title);
  if (counter && other === undefined) {
    return { name: sample, type: format === 'text' ? 'counter' : 'unknown', unit: '', help };
  }
  source.problem(sample, conflict(title, sample, other ?? 'another metric'));
  return undefined;
}

function conflict(title: string, sample: string, other: string): string {
  return `${title} is left out of the scrapes, because its name there, ${sample}, belongs to ${other}: rename one of the two`;
}
