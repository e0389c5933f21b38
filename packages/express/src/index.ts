export type { ExpressMiddleware, ExpressRequest, ExpressTelemetryOptions } from './express-telemetry.ts';
export { expressTelemetry } from './express-telemetry.ts';
export { type ExpressErrorMiddleware, recordErrors } from './record-errors.ts';
