export { type ZipkinOptions, zipkin } from './zipkin.ts';
