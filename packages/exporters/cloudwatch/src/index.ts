export { type CloudWatchOptions, cloudwatch } from './cloudwatch.ts';
export { type EmfOptions, type EmfStream, emf } from './emf.ts';
export type { CloudWatchNames } from './options.ts';
export type { Naming } from './spelling.ts';
