import * as metrics3 from '@opentelemetry/sdk-metrics';
import * as traces3 from '@opentelemetry/sdk-trace';
import * as metrics2 from 'sdk-metrics2';
import * as traces2 from 'sdk-trace-base2';

/** Both majors of OpenTelemetry's SDK, by the types of the newer one: what tests use of them is in both. */
export const SDKS = [
  { version: '2.x', metrics: metrics2 as unknown as typeof metrics3, traces: traces2 as unknown as typeof traces3 },
  { version: '3.x', metrics: metrics3, traces: traces3 },
] as const;

export type Sdk = (typeof SDKS)[number];
