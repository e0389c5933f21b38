export type { BoxedTask } from './boxed-task.ts';
export { type ObservePoolOptions, type ObserveThreadsOptions, observePool } from './observe-pool.ts';
export { observeTask } from './observe-task.ts';
export type { RunOptions } from './task-names.ts';
export type { ObservablePool } from './task-pool.ts';
export { taskWithContext } from './task-with-context.ts';
export type { ObservableThread } from './thread-watch.ts';
