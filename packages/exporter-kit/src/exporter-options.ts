import {
  checkKeys,
  DELIVERY_OPTIONS,
  type DeliverySettings,
  EXPORT_METHODS,
  type Exporter,
  type Signal,
  TelemetryError,
} from '@telltale/core';

/** What every exporter takes besides its own options. */
export interface ExporterOptions extends DeliverySettings {
  /** Shows in health, errors and self-telemetry; unique in one telemetry. Default: the exporter's own. */
  readonly name?: string;
  /** Seconds between exports of metrics (default 60), of spans (5) and of events (1); of the last two earlier when a batch is full. */
  readonly interval?: Exporter['interval'];
  /** Seconds that one request may take; default 10. */
  readonly timeout?: number;
  /** Which signals it is handed, of those it takes; default all. */
  readonly signals?: readonly Signal[];
}

const COMMON: readonly string[] = ['name', 'interval', 'timeout', 'signals', ...DELIVERY_OPTIONS];

/** Throws `ERR_OPTION` for options that `maker` (such as `cloudwatch`) does not have; to be called before any of its own checks. */
export function checkExporterOptions(maker: string, options: ExporterOptions, own: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError('ERR_OPTION', `${maker}() takes an object of options.`);
  }
  checkKeys(maker, options, [...own, ...COMMON]);
}

/** The exporter with the options that every exporter takes: its name, pace and delivery, and only the signals that are asked for. */
export function exporterOf(maker: string, options: ExporterOptions, exporter: Exporter): Exporter {
  const { name, interval, timeout, signals } = options;
  const delivery = Object.fromEntries(
    DELIVERY_OPTIONS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
  const made = {
    ...exporter,
    ...(name !== undefined && { name }),
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(Object.keys(delivery).length > 0 && { delivery }),
  };
  if (signals === undefined) return made;
  const taken = (Object.keys(EXPORT_METHODS) as Signal[]).filter(
    (signal) => exporter[EXPORT_METHODS[signal]] !== undefined,
  );
  const wrong = Array.isArray(signals) ? signals.find((signal) => !taken.includes(signal)) : signals;
  if (!Array.isArray(signals) || signals.length === 0 || wrong !== undefined) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${maker}.signals" ${signals.length === 0 ? 'is empty' : `has ${JSON.stringify(wrong)}`}; give an array of ${taken.map((signal) => `'${signal}'`).join(', ')}.`,
    );
  }
  for (const signal of taken) if (!signals.includes(signal)) delete made[EXPORT_METHODS[signal]];
  return made;
}
