import { checkKeys } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';
import type { PriceOverrides } from '../export/delivery-settings.ts';
import { type BackendPrices, PRICES, type Price } from './prices.ts';

/** The prices of a backend, with those that a user gave in place of the table's. `undefined` for one that the table does not know. */
export function backendPrices(backend: string, overrides: PriceOverrides = {}): BackendPrices | undefined {
  const known: BackendPrices | undefined = Object.hasOwn(PRICES, backend)
    ? PRICES[backend as keyof typeof PRICES]
    : undefined;
  const own = overrides[backend];
  if (known === undefined || own === undefined) return known;
  const items = Object.entries(known.items).map(([item, price]): [string, Price] => {
    const given = own[item];
    return [item, given === undefined ? price : { ...price, tiers: [{ price: given, verified: true }], source: OWN }];
  });
  return { ...known, items: Object.fromEntries(items) };
}

/** Stands for the source of a price that a user gave. */
const OWN = 'given by `prices`';

/** Throws `ERR_OPTION` for backends and items that the table does not know, naming the nearest, and for what is no price. */
export function checkPrices(path: string, prices: PriceOverrides): void {
  checkKeys(path, prices, Object.keys(PRICES));
  for (const [backend, items] of Object.entries(prices)) {
    const known: BackendPrices = PRICES[backend as keyof typeof PRICES];
    if (Object.keys(known.items).length === 0) {
      throw new TelemetryError(
        'ERR_OPTION',
        `"${path}.${backend}": ${backend} charges nothing, so there is no price to give.`,
      );
    }
    checkKeys(`${path}.${backend}`, items, Object.keys(known.items));
    for (const [item, price] of Object.entries(items)) {
      if (Number.isFinite(price) && price >= 0) continue;
      throw new TelemetryError(
        'ERR_OPTION',
        `"${path}.${backend}.${item}" is ${String(price)}; give US dollars, 0 or more.`,
      );
    }
  }
}
