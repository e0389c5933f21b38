import {
  type BackendPrices,
  type CostOptions,
  type ExporterCost,
  PRICES,
  PRICES_AS_OF,
  priceUsage,
} from '@telltale/core';
import { type Assumptions, assumedUsage } from './assumptions.ts';
import type { ScrapedMetric } from './scraped-metric.ts';

/** All that `telltale cost` has to say. */
export interface CostReport {
  readonly url: string;
  /** The day on which the price table was last looked over. */
  readonly asOf: string;
  readonly currency: 'USD';
  readonly assumptions: Assumptions;
  /** Those with the most series first. */
  readonly metrics: readonly ScrapedMetric[];
  /** In the order of the price table, or as asked for. */
  readonly backends: readonly ExporterCost[];
  readonly notes: readonly string[];
}

/** The backends that charge for something. */
export function chargingBackends(): readonly string[] {
  return Object.entries<BackendPrices>(PRICES)
    .filter(([, { items }]) => Object.keys(items).length > 0)
    .map(([backend]) => backend);
}

export function costReport(
  url: string,
  metrics: readonly ScrapedMetric[],
  backends: readonly string[],
  assumptions: Assumptions,
  options: CostOptions,
): CostReport {
  const priced = backends.map((backend) => {
    const { signals, shared }: BackendPrices = PRICES[backend as keyof typeof PRICES];
    return priceUsage(backend, backend, assumedUsage(backend, signals, shared, metrics, assumptions), options);
  });
  return {
    url,
    asOf: PRICES_AS_OF,
    currency: 'USD',
    assumptions,
    metrics: [...metrics].sort((a, b) => b.series - a.series || (a.name < b.name ? -1 : 1)),
    backends: priced.map(({ cost }) => cost),
    notes: priced.flatMap(({ notes }) => notes),
  };
}
