const CONTEXT = 'telltale.context';
const TASK = 'telltale.task';

/** A task with the trace and baggage of its sender, as it crosses into a thread. */
export interface BoxedTask<Task = unknown> {
  readonly [CONTEXT]: Readonly<Record<string, unknown>>;
  readonly [TASK]: Task;
}

/** `task` itself where there is no context to go with it. */
export function boxed<Task>(task: Task, context: Readonly<Record<string, unknown>>): Task | BoxedTask<Task> {
  for (const _ in context) return { [CONTEXT]: context, [TASK]: task };
  return task;
}

export function isBoxed<Task>(task: Task | BoxedTask<Task>): task is BoxedTask<Task> {
  return typeof task === 'object' && task !== null && CONTEXT in task;
}

export function contextOf(task: BoxedTask): Readonly<Record<string, unknown>> {
  return task[CONTEXT];
}

/** Processes that talk in JSON leave out what is undefined. */
export function unboxed<Task>(task: BoxedTask<Task>): Task {
  return task[TASK];
}
