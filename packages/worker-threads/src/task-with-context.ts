import type { Telemetry } from '@telltale/core';
import { type BoxedTask, boxed } from './boxed-task.ts';

/**
 * For pools by hand: what to post to a thread so that `observeTask` there goes on in the trace, and with the baggage, that are active here.
 * `task` itself where there are none. Buffers of it can be transferred as before.
 */
export function taskWithContext<Task>(task: Task, telemetry: Telemetry): Task | BoxedTask<Task> {
  const context: Record<string, unknown> = {};
  telemetry.inject(context);
  return boxed(task, context);
}
