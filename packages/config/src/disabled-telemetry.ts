import { createTelemetry, type Telemetry, type TelemetryOptions } from '@telltale/core';

/** A telemetry that takes everything, keeps nothing, and listens for no signal. */
export function disabledTelemetry(name: string, options: Omit<Partial<TelemetryOptions>, 'service'> = {}): Telemetry {
  return createTelemetry({
    service: { name },
    signals: { metrics: false, spans: false, events: false },
    operations: { disable: ['request', 'job', 'task', 'boundary', 'lock'] },
    shutdown: { signals: false },
    ...options,
  });
}
