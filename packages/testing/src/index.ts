export { deepFreeze } from './deep-freeze.ts';
export { exporterSuite } from './exporter-suite.ts';
export {
  type BackendControl,
  contextOf,
  type ExporterSuiteOptions,
  type ExporterUnderTest,
  type Received,
  type ReceivedSeries,
  type TestContext,
} from './exporter-under-test.ts';
export { httpAdapterSuite } from './http-adapter-suite.ts';
export type {
  Gate,
  HttpAdapterContext,
  HttpAdapterSuiteOptions,
  HttpAdapterUnderTest,
} from './http-adapter-under-test.ts';
export { type JobAdapterSuiteOptions, jobAdapterSuite } from './job-adapter-suite.ts';
export type {
  FlowUnderTest,
  JobDriver,
  JobDriverOptions,
  JobShape,
  JobUnderTest,
} from './job-adapter-under-test.ts';
export { ManualClock } from './manual-clock.ts';
export { type MemoryExporter, type MemoryExporterOptions, memoryExporter } from './memory-exporter.ts';
export { nastyAttributes } from './nasty-attributes.ts';
export { sampleEvents } from './sample-events.ts';
export {
  emptySnapshot,
  SAMPLE_START,
  SAMPLE_TIME,
  type SampleSnapshotOptions,
  sampleResource,
  sampleSnapshot,
} from './sample-snapshot.ts';
export { sampleSpans } from './sample-spans.ts';
export { sourceOf } from './snapshot-source.ts';
