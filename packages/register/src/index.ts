import { start } from './start.ts';

/**
 * The telemetry of this process, for metrics, jobs and spans by hand. It observes nothing where telemetry is off: `OTEL_SDK_DISABLED`,
 * package managers, worker threads that have nowhere to send to.
 */
export const telemetry = start(process.env);
