/** Tests of opentelemetry-js that fail on Telltale, and why that is right. */
import type { Difference } from '../../../scripts/conformance-report.ts';

const INSTRUMENTS = 'packages/sdk-metrics/test/Instruments.test.ts';
const METER_PROVIDER = 'packages/sdk-metrics/test/MeterProvider.test.ts';
const SPAN = 'packages/sdk-trace/test/common/Span.test.ts';
const TRACER = 'packages/sdk-trace/test/common/Tracer.test.ts';
const TRACER_PROVIDER = 'packages/sdk-trace/test/common/TracerProvider.test.ts';
const SAMPLERS = 'packages/sdk-trace/test/common/sampler';
const TRACE_STATE = 'packages/opentelemetry-core/test/common/trace/tracestate.test.ts';

// The decisions are in DESIGN and ARCHITECTURE.
const PRIVATE = 'looks into the SDK’s private fields';
const OWN_RESOURCE =
  'the resource is made of `service`, is settled, and says which instance it is: it is not the object that was given';
const REFUSED = 'a wrong option is refused when telemetry is made, with a sentence that says the mend';
const NEVER_REJECTS =
  'export catches everything: flush never rejects, tells `onError`, and takes no longer than `shutdown.timeout`';
const NO_LOGS = 'recording never logs per event; what was left out is counted on the span';
const NAMELESS = 'sampling is an option, not an object with a name';

export const DIFFERENCES: readonly Difference[] = [
  {
    because:
      'a delta is the difference of two totals, so that none is lost when an export fails; only totals have a minimum and a maximum, which are optional',
    file: INSTRUMENTS,
    tests: [
      'Instruments > Histogram > should record INT values',
      'Instruments > Histogram > should collect min and max',
      'Instruments > Histogram > should record DOUBLE values',
    ],
  },
  {
    because:
      'looks for the advice in the descriptor, where the SDK’s public type has none; the boundaries are as advised',
    file: INSTRUMENTS,
    tests: ['Instruments > Histogram > should recognize metric advice'],
  },
  {
    because: OWN_RESOURCE,
    file: METER_PROVIDER,
    tests: [
      'MeterProvider > constructor > should use default resource when no resource is passed',
      'MeterProvider > constructor > should use the resource passed in constructor',
      'MeterProvider > constructor > should use default resource if not passed in constructor',
    ],
  },
  {
    because:
      'specification, cardinality limits: each measurement is in exactly one point; the overflow point adds both observations up, the SDK keeps the last one',
    file: METER_PROVIDER,
    tests: [
      'MeterProvider > aggregationCardinalityLimit with view should apply the cardinality limit > should respect the aggregationCardinalityLimit for observable counter',
    ],
  },
  {
    because: 'readers of a `metricProducer` are the service’s own: who made one flushes it and shuts it down',
    file: METER_PROVIDER,
    tests: [
      'MeterProvider > shutdown > should shutdown all registered metric readers',
      'MeterProvider > forceFlush > should forceFlush all registered metric readers',
    ],
  },
  {
    because: 'no attribute object of the caller is kept: the point has a copy',
    file: 'packages/sdk-metrics/test/export/InMemoryMetricExporter.test.ts',
    tests: ['InMemoryMetricExporter > should be able to access metric'],
  },
  {
    because: NO_LOGS,
    file: SPAN,
    tests: [
      'Span > should log a warning attempting to add event to ended span',
      'Span > should drop extra events',
      'Span > setStatus > should drop non-string status message',
    ],
  },
  {
    because: REFUSED,
    file: SPAN,
    tests: [
      'Span > setAttribute > when spanLimits options set > when "attributeValueLengthLimit" option is invalid > should not truncate any value',
    ],
  },
  {
    because: 'a parent without a trace id is none',
    file: SPAN,
    tests: ['Span > should return ReadableSpan'],
  },
  {
    because: 'in JavaScript a number can be thrown; its text is the message',
    file: SPAN,
    tests: ['Span > recordException > when exception is (1) > should NOT record an exception'],
  },
  {
    because: 'times are seconds as numbers, which have no nanoseconds',
    file: SPAN,
    tests: ['Span > recordException > when time is provided > should record an exception with provided time'],
  },
  {
    because: PRIVATE,
    file: TRACER,
    tests: ['Tracer > should use an ParentBasedSampler by default'],
  },
  {
    because: 'a field of the SDK’s class; the API has no such field, and each span says its scope',
    file: TRACER,
    tests: ['Tracer > should have an instrumentationScope'],
  },
  {
    because: PRIVATE,
    file: TRACER_PROVIDER,
    tests: [
      'TracerProvider > constructor > when options not defined > should use empty span processor by default',
      'TracerProvider > constructor > when user sets span processors > should use the span processors defined in the config',
      'TracerProvider > constructor > spanLimits > when not defined default values > should have tracer with default values',
      'TracerProvider > constructor > spanLimits > when "attributeCountLimit" is defined > should have tracer with defined value',
      'TracerProvider > constructor > spanLimits > when "attributeValueLengthLimit" is defined > should have tracer with defined value',
      'TracerProvider > constructor > spanLimits > when "attributeValueLengthLimit" is defined > should have tracer with negative "attributeValueLengthLimit" value',
      'TracerProvider > .resource > should use the default resource when no resource is provided',
      'TracerProvider > .resource > should use not use the default if resource passed',
    ],
  },
  {
    because: NEVER_REJECTS,
    file: TRACER_PROVIDER,
    tests: [
      'TracerProvider > .forceFlush() > should throw error when calling forceFlush on all registered span processors fails',
      'TracerProvider > .forceFlush() > should use the timeout passed to forceFlush',
      'TracerProvider > .forceFlush() > should fall back to the timeout passed to the constructor',
    ],
  },
  {
    because:
      'what Telltale says of itself is in `health()` and `telltale.*`; the SDK’s own metrics of spans are experimental',
    file: TRACER_PROVIDER,
    tests: [
      'TracerProvider > TracerMetrics > should record metrics for sampled spans',
      'TracerProvider > TracerMetrics > should record metrics for record-only spans',
      'TracerProvider > TracerMetrics > should record metrics for dropped spans',
      'TracerProvider > TracerMetrics > should record metrics for dropped spans with remote parent',
      'TracerProvider > TracerMetrics > should record metrics for dropped spans with local parent',
    ],
  },
  {
    because: OWN_RESOURCE,
    file: 'packages/sdk-trace/test/common/export/SimpleSpanProcessor.test.ts',
    tests: ['SimpleSpanProcessor > force flush > should await unresolved resources'],
  },
  {
    because: NAMELESS,
    file: `${SAMPLERS}/AlwaysOffSampler.test.ts`,
    tests: ['AlwaysOffSampler > should reflect sampler name'],
  },
  {
    because: NAMELESS,
    file: `${SAMPLERS}/AlwaysOnSampler.test.ts`,
    tests: ['AlwaysOnSampler > should reflect sampler name'],
  },
  {
    because: NAMELESS,
    file: `${SAMPLERS}/ParentBasedSampler.test.ts`,
    tests: ['ParentBasedSampler > should reflect sampler name with delegate sampler'],
  },
  {
    because: NAMELESS,
    file: `${SAMPLERS}/TraceIdRatioBasedSampler.test.ts`,
    tests: [
      'TraceIdRatioBasedSampler > should reflect sampler name with ratio',
      'TraceIdRatioBasedSampler > should handle undefined',
    ],
  },
  {
    because: REFUSED,
    file: `${SAMPLERS}/TraceIdRatioBasedSampler.test.ts`,
    tests: [
      'TraceIdRatioBasedSampler > should return a always sampler for >1',
      'TraceIdRatioBasedSampler > should return a never sampler for <0',
      'TraceIdRatioBasedSampler > should handle NaN',
      'TraceIdRatioBasedSampler > should handle -NaN',
    ],
  },
  {
    because:
      'specification, probability sampling: decided on the last 56 bits of the trace id, as all services of a trace do; the SDK has its own rule',
    file: `${SAMPLERS}/TraceIdRatioBasedSampler.test.ts`,
    tests: [
      'TraceIdRatioBasedSampler > should sample based on trace id',
      'TraceIdRatioBasedSampler > should sample traces that a lower sampling ratio would sample',
    ],
  },
  {
    because: 'an id generator’s invalid id is told and replaced, so that no sampler ever sees one',
    file: `${SAMPLERS}/TraceIdRatioBasedSampler.test.ts`,
    tests: ['TraceIdRatioBasedSampler > should not sample with a invalid trace id'],
  },
  {
    because:
      'W3C Trace Context, processing model: a tracestate that cannot be parsed may be discarded as a whole; its published cases (test.py) want that',
    file: TRACE_STATE,
    tests: [
      'TraceState > .parse() > must remove invalid entries when serializing',
      'TraceState > .parse() > must skip list-members when the value is too long',
      'TraceState > .parse() > must skip list-members that cannot be parsed',
      'TraceState > .parse() > must skip list-members that only have a single value with an equal sign',
      'TraceState > .parse() > must truncate states with too many items',
      'TraceState > .parse() > should not count invalid items towards max limit',
    ],
  },
  {
    because:
      'W3C Trace Context, tracestate limits: 512 characters are the least to pass on, not the most; the most is 32 members',
    file: TRACE_STATE,
    tests: [
      'TraceState > .serialize() > when adding a new list member > must not create a new TraceState if makes exceed the total limit',
      'TraceState > .serialize() > when updating a list member > must not create a new TraceState if makes exceed the total limit',
    ],
  },
  {
    because: 'sets a context manager without taking the registered one, ours, away: the API keeps the first',
    file: 'api/test/common/api/api.test.ts',
    tests: [
      'API > getActiveSpan should get the current span',
      'API > Context > attach when the ContextManager does not implement it > should warn and no-op rather than throw',
    ],
  },
  {
    because: PRIVATE,
    file: 'packages/opentelemetry-shim-opentracing/test/Shim.test.ts',
    tests: [
      'OpenTracing Shim > TracerShim > starting spans > translates span options correctly',
      'OpenTracing Shim > span > sets explicit end timestamp',
    ],
  },
];
