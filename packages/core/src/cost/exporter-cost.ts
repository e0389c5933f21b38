import type { PriceOverrides } from '../export/delivery-settings.ts';
import { backendPrices } from './backend-prices.ts';
import { billOf, type CostLine } from './bill.ts';
import { measured } from './measures.ts';
import { type MonthlyUsage, seriesOf } from './monthly-usage.ts';

/** What one exporter costs in a month, in USD. */
export interface ExporterCost {
  readonly name: string;
  /** The key of the price table; missing of an exporter that costs nothing. */
  readonly backend?: string;
  /** As the backend counts them: a histogram may be several. */
  readonly series: number;
  readonly requestsPerMonth: number;
  /** Of bodies, before compression. */
  readonly bytesPerMonth: number;
  readonly spansPerMonth: number;
  readonly eventsPerMonth: number;
  readonly perMonth: number;
  readonly lines: readonly CostLine[];
}

export interface CostOptions {
  /** In place of the table's: `{ cloudwatch: { 'metric-month': 0.25 } }`. */
  readonly prices?: PriceOverrides;
  /** Deducts what the backend gives for free each month, as if this service had the account for itself. Default: false. */
  readonly freeAllowance?: boolean;
  /** For backends that charge by the trace (X-Ray): how many spans of this service a trace has. Default: 1, which is the most that it can cost. */
  readonly spansPerTrace?: number;
}

export interface PricedExporter {
  readonly cost: ExporterCost;
  readonly notes: readonly string[];
}

/** Prices the use of a backend. Options are taken to be checked. */
export function priceUsage(
  name: string,
  backend: string | undefined,
  usage: MonthlyUsage,
  { prices: overrides, freeAllowance = false, spansPerTrace = 1 }: CostOptions,
): PricedExporter {
  const signals = Object.values(usage.signals);
  const prices = backend === undefined ? undefined : backendPrices(backend, overrides);
  const bill = prices && billOf(prices, usage, { freeAllowance, spansPerTrace });
  const cost: ExporterCost = {
    name,
    ...(backend !== undefined && { backend }),
    series: prices === undefined ? seriesOf(usage.shapes) : measured(prices.series, usage, spansPerTrace),
    requestsPerMonth: signals.reduce((sum, { requests }) => sum + requests, 0),
    bytesPerMonth: signals.reduce((sum, { bytes }) => sum + bytes, 0),
    spansPerMonth: usage.signals.spans?.items ?? 0,
    eventsPerMonth: usage.signals.events?.items ?? 0,
    perMonth: bill?.perMonth ?? 0,
    lines: bill?.lines ?? [],
  };
  if (backend === undefined) return { cost, notes: [] };
  if (prices === undefined || bill === undefined) {
    return {
      cost,
      notes: [`${name}: the price table does not know the backend "${backend}", so it is taken to cost nothing.`],
    };
  }
  return { cost, notes: notesOn(name, backend, cost, bill.free, freeAllowance, prices.note) };
}

function notesOn(
  name: string,
  backend: string,
  { lines }: ExporterCost,
  free: readonly { readonly item: string; readonly quantity: number }[],
  freeAllowance: boolean,
  more: string | undefined,
): string[] {
  const notes: string[] = [];
  const items = (of: (line: CostLine) => boolean): string =>
    [...new Set(lines.filter(of).map(({ item }) => item))].join(', ');
  const unpriced = items(({ unitPrice }) => unitPrice === undefined);
  if (unpriced !== '') {
    notes.push(
      `${name}: ${backend} publishes no price for ${unpriced}, so nothing is charged here; give yours by \`prices\`.`,
    );
  }
  const unverified = items(({ verified, unitPrice }) => !verified && unitPrice !== undefined);
  if (unverified !== '') notes.push(`${name}: not verified on a page of the backend: the price of ${unverified}.`);
  if (free.length > 0) {
    const allowances = free.map(({ item, quantity }) => `${quantity.toLocaleString('en')} × ${item}`).join(', ');
    const what = freeAllowance ? 'deducted' : 'not deducted, as other services may use it up';
    notes.push(`${name}: free each month for the whole account: ${allowances}; ${what}.`);
  }
  if (more !== undefined && lines.length > 0) notes.push(`${name}: ${more}`);
  return notes;
}
