export { type ProgressOptions, type ProgressStream, showProgress } from './show-progress.ts';
