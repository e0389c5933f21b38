export { gather } from './gather.ts';
export type { GaugeRule } from './gauge-rules.ts';
export type { GatherOptions } from './options.ts';
