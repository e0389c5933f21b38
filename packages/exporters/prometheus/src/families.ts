import type { MetricReader, MetricsSource, Resource } from '@telltale/core';
import { ExponentialRange } from './exponential-buckets.ts';
import type { Format } from './format.ts';
import { labelsOf, type OwnLabels } from './labels.ts';
import type { MergedFamily } from './merged-registry.ts';
import type { FamilyType, PrometheusName } from './names.ts';
import { familyOf, type Naming } from './naming.ts';
import type { Pace } from './pace.ts';
import { scopeLabels } from './scope-labels.ts';
import { type LabelTexts, type LabelWriting, SeriesLabels } from './series-labels.ts';
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

/** `target_info`: a set of labels for each service, the telemetry's own first. */
export interface TargetPlan {
  readonly metadata: Metadata;
  readonly labels: readonly ReadonlyMap<string, string>[];
}

/** What one scrape consists of: all names in it are valid and unique. */
export interface Plan {
  readonly target: TargetPlan | undefined;
  readonly families: readonly PlannedFamily[];
  readonly merged: readonly { readonly family: MergedFamily; readonly metadata: Metadata }[];
}

export interface FamilyOptions {
  readonly targetInfo: boolean;
  readonly scopeLabels: boolean;
  /** On every series. */
  readonly labels?: OwnLabels;
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

/** How the labels of a family are written: a series that is one sample begins with its name at once. */
export type LabelWritingOf = (name: PrometheusName) => LabelWriting;

/** Sorts metrics into families, which must be contiguous in a scrape, and keeps what is worth keeping between scrapes. */
export class Families {
  private known = new Map<string, Family>();
  private readonly names = new Map<string, PrometheusName>();
  private readonly options: FamilyOptions;
  private readonly naming: Naming;
  private readonly labels: OwnLabels;
  private readonly writingOf: LabelWritingOf;

  constructor(options: FamilyOptions, naming: Naming, writingOf: LabelWritingOf) {
    this.options = options;
    this.naming = naming;
    this.labels = (options.labels ?? []).map(([name, value]) => [naming.escapeLabel(name), value] as const);
    this.writingOf = writingOf;
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
          conflict(`the ${reader.type} "${reader.name}"`, name.sample, ownerOf(group.family.name)),
        );
        continue;
      }
      groups.set(name.sample, group);
      if (group.help === '') group.help = reader.description;
      else if (reader.description !== group.help && reader.description !== '') {
        source.problem(`${name.sample} help`, helpConflict(name.sample, group.help, reader));
      }
      const texts = group.family.labels.with(this.ownLabels(reader, source.resource));
      group.readers.push({ reader, texts });
      group.own.add(texts);
    }
    this.known = known;

    const taken = new TakenNames(format);
    if (this.options.targetInfo) taken.take('target_info', 'unknown', 'the service');
    const families = yield* ownFamilies([...groups.values()], taken, format, source, pace);
    const others = mergedFamilies(merged, taken, format, source, this.naming);
    return { target: this.target(taken, format, resources), families, merged: others };
  }

  private newGroup(name: PrometheusName, reader: MetricReader, known: Map<string, Family>): Group {
    const key = `${name.sample} ${name.type}`;
    const family = this.known.get(key) ?? {
      name,
      labels: new SeriesLabels(RESERVED_LABELS[name.type], this.writingOf(name)),
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
      result = this.naming.metric(name, unit, type);
      this.names.set(key, result);
    }
    return result;
  }

  /** Series of other services in the process must not be the same as the telemetry's own. */
  private ownLabels({ resource, scope }: MetricReader, primary: Resource): OwnLabels {
    const labels = [...this.labels];
    if (resource !== primary)
      labels.push([
        this.naming.label('service.name'),
        String(resource.attributes['service.name'] ?? 'unknown_service').toWellFormed(),
      ]);
    if (this.options.scopeLabels) labels.push(...scopeLabels(scope, this.naming));
    return labels;
  }

  private target(taken: TakenNames, format: Format, resources: ReadonlySet<Resource>): Plan['target'] {
    if (!this.options.targetInfo) return undefined;
    const info = format === 'openmetrics' && taken.take('target', 'unknown', 'the service') === undefined;
    const metadata: Metadata = info
      ? { name: 'target', type: 'info', unit: '', help: TARGET_HELP }
      : { name: 'target_info', type: 'gauge', unit: '', help: TARGET_HELP };
    const reserved = this.labels.map(([name]) => name);
    const label = (key: string): string => this.naming.label(key, reserved);
    return { metadata, labels: [...resources].map(({ attributes }) => labelsOf(attributes, label, this.labels)) };
  }
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
  naming: Naming,
): Plan['merged'] {
  const planned: { family: MergedFamily; metadata: Metadata }[] = [];
  for (const family of merged) {
    const { type, help } = family;
    const sample = naming.escapeMetric(family.name);
    const name = { type, sample, family: familyOf(sample, type), unit: '', help };
    const metadata = takeNames(taken, format, name, `the merged ${type} "${family.name}"`, source);
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
    return { name: counter && format !== 'openmetrics' ? sample : family, type, unit, help };
  }
  // A counter that shares its name without the ending with a gauge, or that has no such ending (prom-client), is no counter to OpenMetrics.
  if (counter) other = taken.take(sample, 'unknown', title);
  if (counter && other === undefined) {
    return { name: sample, type: format === 'openmetrics' ? 'unknown' : 'counter', unit, help };
  }
  source.problem(sample, conflict(title, sample, other ?? 'another metric'));
  return undefined;
}

function helpConflict(sample: string, help: string, { name, description }: MetricReader): string {
  return `the description of "${name}", "${description}", is left out of the scrapes, because metrics of one name there, ${sample}, have one: "${help}". Rename the metric or give both the same description`;
}

function ownerOf({ type, unit }: PrometheusName): string {
  return unit === '' ? `a ${type}` : `a ${type} in ${unit}`;
}

function conflict(title: string, sample: string, other: string): string {
  return `${title} is left out of the scrapes, because its name there, ${sample}, belongs to ${other}: rename one of the two`;
}
