import { messageOf } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { AttributeRules } from './attribute-rules.ts';
import { COUNTER_MEND, CounterInstrument } from './counter.ts';
import type { Definition } from './definition.ts';
import { ExemplarSampling } from './exemplars.ts';
import { ExponentialHistogramInstrument } from './exponential-histogram.ts';
import { GAUGE_MEND, GaugeInstrument } from './gauge.ts';
import { ExplicitHistogramInstrument, HISTOGRAM_MEND } from './histogram.ts';
import type { Instrument, InstrumentContext, SyncInstrument } from './instrument.ts';
import { NOOP_INSTRUMENT } from './noop.ts';
import { ObservableInstrument, type ObservableType, ObservedStream } from './observable.ts';
import type { RegistryContext } from './registry-context.ts';
import { chainOf, RoutedInstrument, type ValueRule } from './routed-instrument.ts';
import type { MetricDescriptor } from './snapshot.ts';
import { type InstrumentKind, isObservable, type StreamForm } from './stream-form.ts';
import { SUMMARY_MEND, SummaryInstrument } from './summary.ts';
import { UP_DOWN_COUNTER_MEND, UpDownCounterInstrument } from './up-down-counter.ts';
import type { StreamPlan } from './views.ts';

export interface MakeContext extends RegistryContext {
  readonly resource: Resource;
  readonly origin: number;
}

export interface MadeInstrument {
  /** What is recorded on: the only stream itself where nothing comes between. */
  readonly instrument: unknown;
  readonly streams: readonly Instrument[];
}

/** Makes an instrument with the streams that views give it. `given` is the name by which views and options know it. */
export function makeInstrument(definition: Definition, given: string, context: MakeContext): MadeInstrument {
  const { kind, scope, options, form } = definition;
  const identity = { name: given, kind, unit: options.unit ?? '', scope };
  const plans = context.selection.views.streamsOf(identity, form, context.diagnostics);
  if (plans.length === 0) return { instrument: NOOP_INSTRUMENT, streams: [] };
  return isObservable(kind)
    ? observable(definition, given, plans, context)
    : synchronous(definition, given, plans, context);
}

function synchronous(
  definition: Definition,
  given: string,
  plans: readonly StreamPlan[],
  context: MakeContext,
): MadeInstrument {
  const routes = plans.map((plan) => ({
    stream: streamOf(
      plan.form,
      descriptorOf(definition, plan, context),
      streamContext(definition, given, plan, context),
    ),
    process: processOf(definition, plan, context),
    leavesOut: leavesOut(plan) && context.exemplars !== undefined,
  }));
  const streams = routes.map(({ stream }) => stream);
  const [only] = routes;
  const direct =
    routes.length === 1 &&
    only?.process === undefined &&
    only?.leavesOut === false &&
    definition.valueType === undefined &&
    plans[0]?.form.type === definition.form.type;
  if (direct) return { instrument: only?.stream, streams };
  return { instrument: new RoutedInstrument(ruleOf(definition), routes, context.activeContext), streams };
}

function observable(
  definition: Definition,
  given: string,
  plans: readonly StreamPlan[],
  context: MakeContext,
): MadeInstrument {
  const routes = plans.map((plan) => ({
    // Views make no histograms of them.
    stream: new ObservedStream(
      plan.form.type as ObservableType,
      descriptorOf(definition, plan, context),
      streamContext(definition, given, plan, context),
    ),
    process: processOf(definition, plan, context),
  }));
  const type = definition.form.type as ObservableType;
  const descriptor = descriptorOf(definition, {}, context);
  return {
    instrument: new ObservableInstrument(type, descriptor, routes, context.callbacks),
    streams: routes.map(({ stream }) => stream),
  };
}

function streamOf(form: StreamForm, descriptor: MetricDescriptor, context: InstrumentContext): SyncInstrument {
  switch (form.type) {
    case 'counter':
      return new CounterInstrument(descriptor, context);
    case 'upDownCounter':
      return new UpDownCounterInstrument(descriptor, context);
    case 'gauge':
      return new GaugeInstrument(descriptor, context);
    case 'histogram':
      return new ExplicitHistogramInstrument(descriptor, context, form.boundaries, form.minMax);
    case 'exponentialHistogram':
      return new ExponentialHistogramInstrument(descriptor, context, form.maxSize, form.minMax);
    case 'summary':
      return new SummaryInstrument(descriptor, context, form.options);
  }
}

function descriptorOf(
  { name, kind, options, scope, valueType }: Definition,
  { view }: Partial<StreamPlan>,
  { resource }: MakeContext,
): MetricDescriptor {
  return {
    name: view?.name ?? name,
    description: view?.description ?? options.description ?? '',
    unit: options.unit ?? '',
    scope,
    resource,
    ...(valueType && { valueType }),
    ...(isObservable(kind) && { observable: true }),
  };
}

function streamContext(
  definition: Definition,
  given: string,
  plan: StreamPlan,
  context: MakeContext,
): InstrumentContext {
  const { clock, diagnostics, budget, expiry, selection, attributes, origin } = context;
  const { view } = plan;
  const limit = view?.aggregationCardinalityLimit;
  const rules = new AttributeRules(selection.attributesOf(given), attributes, diagnostics, view?.attributes);
  const asynchronous = isObservable(definition.kind);
  const exemplars = new ExemplarSampling(
    view?.name ?? definition.name,
    // Their callbacks run in no request's context, and summaries have no place for them.
    asynchronous || plan.form.type === 'summary' ? undefined : context.exemplars,
    clock,
    diagnostics,
    rules,
    leavesOut(plan),
    view?.exemplarReservoir,
  );
  return {
    clock,
    diagnostics,
    budget: limit === undefined ? budget : budget.limitedTo(limit),
    rules,
    expiry,
    exemplars,
    origin,
  };
}

function leavesOut({ view }: StreamPlan): boolean {
  return view?.attributes !== undefined || (view?.attributesProcessors?.length ?? 0) > 0;
}

function processOf({ name }: Definition, { view }: StreamPlan, { diagnostics }: MakeContext) {
  return chainOf(view?.attributesProcessors ?? [], (error) => {
    diagnostics.problem(
      'ERR_CALLBACK',
      `attributes processor ${name}`,
      () =>
        `An attributes processor of a view on "${name}" failed (${messageOf(error)}); what it was called for was recorded without attributes.`,
    );
  });
}

const MENDS: Readonly<Partial<Record<InstrumentKind, string>>> = {
  counter: COUNTER_MEND,
  upDownCounter: UP_DOWN_COUNTER_MEND,
  gauge: GAUGE_MEND,
  histogram: HISTOGRAM_MEND,
  summary: SUMMARY_MEND,
};

function ruleOf({ kind, valueType }: Definition): ValueRule {
  return {
    negative: kind !== 'counter' && kind !== 'histogram',
    whole: valueType !== undefined,
    mend: MENDS[kind] ?? 'give a finite number',
  };
}
