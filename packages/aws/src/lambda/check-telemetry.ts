import { type Telemetry, TelemetryError } from '@telltale/core';

/** Throws `ERR_OPTION` for what is no telemetry, such as an import that two files make of each other. */
export function checkTelemetry(maker: string, telemetry: Telemetry): void {
  if (typeof (telemetry as Partial<Telemetry> | null | undefined)?.job === 'function') return;
  throw new TelemetryError(
    'ERR_OPTION',
    `${maker} needs a telemetry first: ${maker}(telemetry, …), with what createTelemetry or configureTelemetry gives.`,
  );
}
