export { Counted, type CountedOptions } from './decorators/counted.ts';
export type { TelemetryMethodDecorator } from './decorators/decorate-method.ts';
export { Timed, type TimedOptions } from './decorators/timed.ts';
export { Traced, type TracedDecorator, type TracedOptions } from './decorators/traced.ts';
export { type TelemetryHealth, TelemetryHealthIndicator } from './health/telemetry-health-indicator.ts';
export {
  TelemetryHealthModule,
  type TelemetryHealthModuleAsyncOptions,
  type TelemetryHealthModuleOptions,
} from './health/telemetry-health-module.ts';
export {
  InjectCounter,
  InjectGauge,
  InjectHistogram,
  InjectSummary,
  InjectTelemetry,
  InjectUpDownCounter,
} from './injection/inject.ts';
export { TELEMETRY } from './injection/tokens.ts';
export { observeClient } from './jobs/observe-client.ts';
export { TelemetryLogger } from './logger/telemetry-logger.ts';
export type { NestRequest, NestSpans, TelemetryModuleOptions } from './module-options.ts';
export { type TelemetryFactoryResult, TelemetryModule, type TelemetryModuleAsyncOptions } from './telemetry-module.ts';
