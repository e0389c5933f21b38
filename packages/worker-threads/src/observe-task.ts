import { type Telemetry, TelemetryError } from '@telltale/core';
import { type BoxedTask, contextOf, isBoxed, unboxed } from './boxed-task.ts';

/**
 * In the thread: a function like `task` that runs in the trace and with the baggage of whoever sent the task, when these come with it: from a
 * pool observed with `context: true`, or by `taskWithContext`. Other tasks run as they are.
 */
export function observeTask<This, Task, Rest extends unknown[], Result>(
  task: (this: This, payload: Task, ...rest: Rest) => Result,
  telemetry: Telemetry,
): (this: This, payload: Task, ...rest: Rest) => Result {
  if (typeof task !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `observeTask got ${task === null ? 'null' : `a value of type ${typeof task}`}; give the function that does the task: observeTask(resize, telemetry).`,
    );
  }
  if (typeof telemetry?.withContext !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      'observeTask needs a telemetry: observeTask(resize, createTelemetry({ … })).',
    );
  }
  return function observed(this: This, payload: Task | BoxedTask<Task>, ...rest: Rest): Result {
    if (!isBoxed(payload)) return task.call(this, payload, ...rest);
    return telemetry.withContext(telemetry.extract(contextOf(payload)), () =>
      task.call(this, unboxed(payload), ...rest),
    );
  };
}
