import { createTelemetry, type Telemetry } from '@telltale/core';
import { gather } from '@telltale/gather';
import { SHOP } from './service.ts';

/** The telemetry of a thread or child process of the shop. It exports nothing: all goes to the process that has the exporters. */
export function createPartTelemetry(): Telemetry {
  return createTelemetry({ service: SHOP, signals: { spans: true }, gather: gather(), shutdown: { signals: false } });
}
