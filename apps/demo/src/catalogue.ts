export interface Product {
  readonly id: number;
  readonly price: number;
  /** Milliseconds that the supplier needs to say how many there are. */
  readonly stockTakes: number;
}

/** Products by what asking for them does. */
export const PRODUCTS = {
  fine: { first: 1, last: 39 },
  /** Its record is broken: every look at it fails. */
  corrupt: { first: 40, last: 40 },
  slow: { first: 41, last: 48 },
  /** So slow that nobody waits. */
  endless: { first: 49, last: 50 },
} as const;

const isIn = (range: { readonly first: number; readonly last: number }, id: number): boolean =>
  id >= range.first && id <= range.last;

/** Throws for the corrupt one. */
export function findProduct(id: number): Product | undefined {
  if (isIn(PRODUCTS.corrupt, id)) throw new Error(`product ${id} has no price`);
  if (!Number.isInteger(id) || id < PRODUCTS.fine.first || id > PRODUCTS.endless.last) return undefined;
  const stockTakes = isIn(PRODUCTS.endless, id) ? 3000 : isIn(PRODUCTS.slow, id) ? 150 + 50 * (id % 8) : 2 + (id % 10);
  return { id, price: 5 + ((id * 7) % 50), stockTakes };
}

export const ALL_PRODUCTS = Array.from({ length: PRODUCTS.fine.last }, (_, i) => findProduct(i + 1));
