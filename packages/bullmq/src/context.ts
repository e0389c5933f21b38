import type { Telemetry } from '@telltale/core';

/** OpenTelemetry's `Context`. */
export type Context = ReturnType<Telemetry['activeContext']>;
