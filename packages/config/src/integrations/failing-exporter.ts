import { type Exporter, TelemetryError } from '@telltale/core';

/** Does nothing but show in health as failing, and tells `onError` why: so that a service starts whatever its configuration says. */
export function failingExporter(name: string, why: string): Exporter {
  return { name, start: () => Promise.reject(new TelemetryError('ERR_EXPORTER', why)) };
}
