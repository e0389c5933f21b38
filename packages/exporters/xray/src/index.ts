export { xray } from './xray.ts';
export type { XrayOptions } from './xray-options.ts';
