import { fileURLToPath } from 'node:url';

export const TASKS = fileURLToPath(new URL('tasks.test-support.ts', import.meta.url));
/** With a telemetry of their own in each thread. */
export const TRACED_TASKS = fileURLToPath(new URL('traced-tasks.test-support.ts', import.meta.url));
/** With the telemetry of the process in each thread. */
export const GATHERED_TASKS = fileURLToPath(new URL('gathered-tasks.test-support.ts', import.meta.url));
export const UNHANDLED = fileURLToPath(new URL('unhandled.test-support.ts', import.meta.url));
