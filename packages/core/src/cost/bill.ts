import { measured } from './measures.ts';
import type { MonthlyUsage } from './monthly-usage.ts';
import type { BackendPrices, Price } from './prices.ts';

/** One line of a bill: `quantity` × `unitPrice` = `perMonth`, in USD. An item with tiers has a line for each that is reached. */
export interface CostLine {
  /** What is charged, with its unit: `metric-month`, `thousand-requests`. */
  readonly item: string;
  /** Items a month. */
  readonly quantity: number;
  /** Missing where the backend publishes no price; `perMonth` is 0 then. */
  readonly unitPrice?: number;
  readonly perMonth: number;
  /** Whether the price was read on the backend's own page, or given by the user. */
  readonly verified: boolean;
  readonly source: string;
}

export interface Bill {
  readonly perMonth: number;
  readonly lines: readonly CostLine[];
  /** What was deducted, or with `freeAllowance: false` could have been: items a month, for the whole account. */
  readonly free: readonly { readonly item: string; readonly quantity: number }[];
}

export interface BillOptions {
  /** Deducts what is free each month. */
  readonly freeAllowance: boolean;
  readonly spansPerTrace: number;
}

/** What a backend charges for a month; only what is used has lines. */
export function billOf(prices: BackendPrices, usage: MonthlyUsage, options: BillOptions): Bill {
  const lines: CostLine[] = [];
  const free: { readonly item: string; readonly quantity: number }[] = [];
  for (const [item, price] of Object.entries(prices.items)) {
    const used = measured(price.measure, usage, options.spansPerTrace) / price.per;
    if (used === 0) continue;
    if (price.free !== undefined) free.push({ item, quantity: price.free });
    lines.push(...charge(item, price, options.freeAllowance ? Math.max(0, used - (price.free ?? 0)) : used));
  }
  return { perMonth: lines.reduce((sum, { perMonth }) => sum + perMonth, 0), lines, free };
}

function charge(item: string, { tiers, source }: Price, quantity: number): CostLine[] {
  const lines: CostLine[] = [];
  let from = 0;
  for (const { upTo = Number.POSITIVE_INFINITY, price, verified } of tiers) {
    const within = Math.min(quantity, upTo) - from;
    if (within <= 0) break;
    from = upTo;
    lines.push({
      item,
      quantity: within,
      ...(price !== undefined && { unitPrice: price }),
      perMonth: within * (price ?? 0),
      verified,
      source,
    });
  }
  return lines;
}
