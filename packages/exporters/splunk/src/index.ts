export { splunk } from './splunk.ts';
export type { PerSignal, SplunkOptions } from './splunk-options.ts';
