import type { ConfigProblem } from '../config-problem.ts';

/** OpenTelemetry's name for a service that has none. */
export const UNKNOWN_SERVICE = 'unknown_service:node';

/** For a service that has no name in file, code, environment and package.json. */
export const UNKNOWN_SERVICE_PROBLEM: ConfigProblem = {
  source: 'environment',
  path: 'OTEL_SERVICE_NAME',
  found: '',
  message: `OTEL_SERVICE_NAME is not set. The service goes by "${UNKNOWN_SERVICE}": set it to the name of the service.`,
};
