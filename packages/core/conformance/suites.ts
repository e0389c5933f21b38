/**
 * Tests of opentelemetry-js that see an SDK from outside, and what of Telltale stands in for the SDK in them. Left out: tests of classes that
 * only the SDK has inside (aggregators, mappings, storages, views), and of what a telemetry is handed as it is (AlwaysRecordSampler, consoles).
 */
export interface Suite {
  readonly group: string;
  /** The folder of the package in their tree. */
  readonly folder: string;
  /** Paths below the folder. */
  readonly tests: readonly string[];
  /** Loaded before the tests. */
  readonly before?: URL;
}

/** Exports of one of their modules that are ours. */
export interface Replacement {
  readonly module: string;
  readonly exports: readonly string[];
  readonly bridge: URL;
  /** Only for what is imported from this folder. */
  readonly within?: string;
}

const CONTEXTS = new URL('./bridges/contexts.ts', import.meta.url);
const METRICS = new URL('./bridges/metrics.ts', import.meta.url);
const PROPAGATORS = new URL('./bridges/propagators.ts', import.meta.url);
const REGISTERED = new URL('./bridges/registered.ts', import.meta.url);
const SAMPLERS = new URL('./bridges/samplers.ts', import.meta.url);
const TRACES = new URL('./bridges/traces.ts', import.meta.url);

export const SUITES: readonly Suite[] = [
  {
    group: 'sdk-metrics',
    folder: 'packages/sdk-metrics',
    tests: [
      'test/Instruments.test.ts',
      'test/MeterProvider.test.ts',
      'test/regression/cumulative-exponential-histogram.test.ts',
      'test/regression/histogram-recording-nan.test.ts',
      'test/regression/two-metric-readers-async-instrument.test.ts',
      'test/export/MetricReader.test.ts',
      'test/export/PeriodicExportingMetricReader.test.ts',
      'test/export/InMemoryMetricExporter.test.ts',
    ],
  },
  {
    group: 'sdk-trace',
    folder: 'packages/sdk-trace',
    tests: [
      'test/common/Span.test.ts',
      'test/common/Tracer.test.ts',
      'test/common/TracerProvider.test.ts',
      'test/common/export/BatchSpanProcessorBase.test.ts',
      'test/common/export/SimpleSpanProcessor.test.ts',
      'test/common/export/InMemorySpanExporter.test.ts',
      'test/common/sampler/AlwaysOffSampler.test.ts',
      'test/common/sampler/AlwaysOnSampler.test.ts',
      'test/common/sampler/ParentBasedSampler.test.ts',
      'test/common/sampler/Sampler.test.ts',
      'test/common/sampler/TraceIdRatioBasedSampler.test.ts',
    ],
  },
  {
    group: 'context manager',
    folder: 'packages/opentelemetry-context-async-hooks',
    tests: ['test/AsyncHooksContextManager.test.ts'],
  },
  {
    group: 'propagators',
    folder: 'packages/opentelemetry-core',
    tests: [
      'test/common/trace/W3CTraceContextPropagator.test.ts',
      'test/common/trace/tracestate.test.ts',
      'test/common/baggage/W3CBaggagePropagator.test.ts',
      'test/common/propagation/composite.test.ts',
    ],
  },
  {
    group: 'propagators',
    folder: 'packages/opentelemetry-propagator-b3',
    tests: ['test/B3Propagator.test.ts', 'test/B3SinglePropagator.test.ts', 'test/B3MultiPropagator.test.ts'],
  },
  {
    group: 'api',
    folder: 'api',
    tests: [
      'test/common/api/api.test.ts',
      'test/common/metrics/Metric.test.ts',
      'test/common/proxy-implementations/proxy-tracer.test.ts',
    ],
    before: REGISTERED,
  },
  {
    group: 'shims',
    folder: 'packages/opentelemetry-shim-opentracing',
    tests: ['test/Shim.test.ts'],
  },
  {
    group: 'shims',
    folder: 'experimental/packages/shim-opencensus',
    tests: [
      'test/ShimTracer.test.ts',
      'test/ShimSpan.test.ts',
      'test/otel-sandwich.test.ts',
      'test/propagation.test.ts',
    ],
  },
];

export const REPLACEMENTS: readonly Replacement[] = [
  { module: 'packages/sdk-metrics/src/MeterProvider.ts', exports: ['MeterProvider'], bridge: METRICS },
  { module: 'packages/sdk-metrics/src/Meter.ts', exports: ['Meter'], bridge: METRICS },
  { module: 'packages/sdk-trace/src/TracerProvider.ts', exports: ['TracerProvider'], bridge: TRACES },
  { module: 'packages/sdk-trace/src/Tracer.ts', exports: ['Tracer'], bridge: TRACES },
  { module: 'packages/sdk-trace/src/Span.ts', exports: ['SpanImpl'], bridge: TRACES },
  {
    module: 'packages/sdk-trace/src/index.ts',
    exports: ['AlwaysOnSampler', 'AlwaysOffSampler', 'ParentBasedSampler', 'TraceIdRatioBasedSampler'],
    bridge: SAMPLERS,
    within: 'packages/sdk-trace/test/common/sampler',
  },
  {
    module: 'packages/opentelemetry-context-async-hooks/src/index.ts',
    exports: ['AsyncHooksContextManager', 'AsyncLocalStorageContextManager'],
    bridge: CONTEXTS,
  },
  {
    module: 'packages/opentelemetry-core/src/trace/W3CTraceContextPropagator.ts',
    exports: ['W3CTraceContextPropagator'],
    bridge: PROPAGATORS,
  },
  { module: 'packages/opentelemetry-core/src/trace/TraceState.ts', exports: ['TraceState'], bridge: PROPAGATORS },
  {
    module: 'packages/opentelemetry-core/src/baggage/propagation/W3CBaggagePropagator.ts',
    exports: ['W3CBaggagePropagator'],
    bridge: PROPAGATORS,
  },
  {
    module: 'packages/opentelemetry-core/src/propagation/composite.ts',
    exports: ['CompositePropagator'],
    bridge: PROPAGATORS,
  },
  {
    module: 'packages/opentelemetry-propagator-b3/src/B3Propagator.ts',
    exports: ['B3Propagator'],
    bridge: PROPAGATORS,
  },
  {
    module: 'packages/opentelemetry-propagator-b3/src/B3SinglePropagator.ts',
    exports: ['B3SinglePropagator'],
    bridge: PROPAGATORS,
  },
  {
    module: 'packages/opentelemetry-propagator-b3/src/B3MultiPropagator.ts',
    exports: ['B3MultiPropagator'],
    bridge: PROPAGATORS,
  },
];
