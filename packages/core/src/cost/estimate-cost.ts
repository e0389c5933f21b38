import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import type { ExporterUsage } from '../export/usage.ts';
import { checkPrices } from './backend-prices.ts';
import { type CostOptions, type ExporterCost, priceUsage } from './exporter-cost.ts';
import { monthlyUsage } from './monthly-usage.ts';
import { PRICES_AS_OF } from './prices.ts';

/** Seconds below which figures of a month say little: the first requests of a service are like no others. */
const SHORT_RUN = 3600;

/** What the exporters of a service cost in a month, in USD: plain data. */
export interface CostEstimate {
  /** The day on which the price table was last looked over. */
  readonly asOf: string;
  readonly currency: 'USD';
  readonly perMonth: number;
  readonly exporters: readonly ExporterCost[];
  /** What to know about the figures, for people. */
  readonly notes: readonly string[];
}

/** Whatever knows what exporters have used: `Telemetry` does. */
export interface UsageSource {
  usage(): readonly ExporterUsage[];
}

/**
 * Estimates what the exporters of this process cost in a month: series as they are now, after filter and budget; requests, bytes, spans and
 * events as they came since the start, extrapolated. List prices; throws `ERR_OPTION` for prices of what the table does not know.
 */
export function estimateCost(telemetry: UsageSource, options: CostOptions = {}): CostEstimate {
  checkCostOptions('estimateCost', options);
  const used = telemetry.usage();
  const priced = used.map((one) => priceUsage(one.name, one.backend, monthlyUsage(one, one.metrics), options));
  const exporters = priced.map(({ cost }) => cost);
  return {
    asOf: PRICES_AS_OF,
    currency: 'USD',
    perMonth: exporters.reduce((sum, { perMonth }) => sum + perMonth, 0),
    exporters,
    notes: [...extrapolation(used), ...priced.flatMap(({ notes }) => notes)],
  };
}

/** Throws `ERR_OPTION`. */
function checkCostOptions(path: string, options: CostOptions): void {
  checkKeys(path, options, ['prices', 'freeAllowance', 'spansPerTrace']);
  const { prices, freeAllowance, spansPerTrace } = options;
  if (prices !== undefined) checkPrices(`${path}.prices`, prices);
  if (freeAllowance !== undefined && typeof freeAllowance !== 'boolean') {
    throw new TelemetryError('ERR_OPTION', `"${path}.freeAllowance" is ${String(freeAllowance)}; give true or false.`);
  }
  if (spansPerTrace !== undefined && !(Number.isFinite(spansPerTrace) && spansPerTrace >= 1)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"${path}.spansPerTrace" is ${String(spansPerTrace)}; give a number from 1.`,
    );
  }
}

function extrapolation(used: readonly ExporterUsage[]): readonly string[] {
  const charged = used.filter(({ backend }) => backend !== undefined);
  if (charged.length === 0) return [];
  const seconds = Math.max(...charged.map((one) => one.seconds));
  const basis = `Requests, bytes, spans and events are extrapolated from ${Math.round(seconds).toLocaleString('en')} s`;
  return [
    seconds < SHORT_RUN ? `${basis}: so short a run says little about a month.` : `${basis}.`,
    'List prices of one process. Series are those of now; a month in which they change has more.',
  ];
}
