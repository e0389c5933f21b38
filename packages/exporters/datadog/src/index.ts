export { datadog } from './datadog.ts';
export type { DatadogOptions } from './datadog-options.ts';
export { type DogstatsdOptions, dogstatsd } from './dogstatsd.ts';
