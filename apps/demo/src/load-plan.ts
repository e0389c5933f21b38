import { CARDS } from './cards.ts';
import { findProduct, PRODUCTS } from './catalogue.ts';
import type { Fate } from './mailboxes.ts';
import { between, seededRandom, shuffled } from './random.ts';

/** A job that a request orders, and how it will end. */
export type PlannedJob = { readonly queue: 'emails'; readonly fate: Fate } | { readonly queue: 'reports' };

/** A request and what is to come of it: known before it is sent, so that telemetry can be checked against it. */
export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** The route's template, and the status that telemetry will give it. */
  readonly route: string;
  readonly status: number;
  /** The client hangs up: after so many milliseconds without an answer, or after the first bytes of one. */
  readonly hangUp?: { readonly afterMs: number } | 'in the middle';
  /** Milliseconds that the shop needs at least. */
  readonly takesMs?: number;
  readonly job?: PlannedJob;
  /** The customer listens to a WebSocket for a while: no request, whatever HTTP calls it. */
  readonly socket?: true;
  /** Which of the shop's tenants is visited. */
  readonly tenant?: string;
  /** Whether payments are called. */
  readonly charges?: boolean;
}

/** What a plan needs to know of the run so far. */
export interface Progress {
  /** An order that was placed, if there is one. */
  anyOrder(random: () => number): string | undefined;
}

type Card = (random: () => number, progress: Progress) => PlannedRequest;

export const THUMBNAIL_ROUTE = '/products/:id/thumbnail';
export const OFFER_ROUTE = '/products/:id/offer';
const NO_ROUTE = '(no route)';
/** As nginx has it. */
const CLIENT_HUNG_UP = 499;

/** The shops of the chain. */
const TENANTS = { names: ['acme', 'globex', 'initech'], first: 0, last: 2 } as const;

/** How often each kind of request is among a hundred. */
const DECK: readonly (readonly [number, Card])[] = [
  [14, () => get('/products', 200)],
  [18, (random) => product(between(random, PRODUCTS.fine), 200)],
  [6, slowProduct],
  [3, (random) => product(between(random, PRODUCTS.corrupt), 500)],
  [2, (random) => product(1000 + Math.floor(random() * 1e6), 404)],
  [3, (random) => ({ ...product(between(random, PRODUCTS.endless), CLIENT_HUNG_UP), hangUp: { afterMs: 120 } })],
  [7, thumbnail],
  [6, offer],
  [9, (random) => order(random, 201, CARDS.good, 'fine')],
  [2, (random) => order(random, 201, CARDS.good, 'slow')],
  [2, (random) => order(random, 201, CARDS.good, 'busy')],
  [1, (random) => order(random, 201, CARDS.good, 'unknown')],
  [2, (random) => order(random, 402, CARDS.declined)],
  [1, (random) => order(random, 502, CARDS.unavailable)],
  [2, () => ({ method: 'POST', path: '/orders', body: { product: 1 }, route: '/orders', status: 422 })],
  [7, knownOrder],
  [1, () => get('/orders/unknown', 404, '/orders/:id')],
  [1, () => ({ method: 'POST', path: '/reports', route: '/reports', status: 202, job: { queue: 'reports' } })],
  [3, () => get('/events?count=8', 200, '/events')],
  [1, () => ({ ...get('/events', CLIENT_HUNG_UP), hangUp: 'in the middle' })],
  [2, () => ({ ...get('/live', 101), socket: true })],
  [3, () => get('/report', 200)],
  [1, () => ({ ...get('/report', CLIENT_HUNG_UP), hangUp: 'in the middle' })],
  [
    3,
    (random) =>
      get(`/${['wp-login.php', '.env', 'admin'][between(random, { first: 0, last: 2 })]}/${random()}`, 404, NO_ROUTE),
  ],
];

/** The requests, one after the other without end: every hundred hold the same mix, in an order that the seed decides. */
export function* planRequests(seed: number, progress: Progress): Generator<PlannedRequest, never> {
  const random = seededRandom(seed);
  const deck = DECK.flatMap(([count, card]) => Array.from({ length: count }, () => card));
  for (;;) {
    for (const card of shuffled(deck, random)) {
      yield { ...card(random, progress), tenant: TENANTS.names[between(random, TENANTS)] ?? '' };
    }
  }
}

function get(path: string, status: number, route = path): PlannedRequest {
  return { method: 'GET', path, route, status };
}

function product(id: number, status: number): PlannedRequest {
  return get(`/products/${id}`, status, '/products/:id');
}

function slowProduct(random: () => number): PlannedRequest {
  const id = between(random, PRODUCTS.slow);
  return { ...product(id, 200), takesMs: findProduct(id)?.stockTakes ?? 0 };
}

function thumbnail(random: () => number): PlannedRequest {
  return get(`/products/${between(random, PRODUCTS.fine)}/thumbnail`, 200, THUMBNAIL_ROUTE);
}

function offer(random: () => number): PlannedRequest {
  return get(`/products/${between(random, PRODUCTS.fine)}/offer`, 200, OFFER_ROUTE);
}

function knownOrder(random: () => number, progress: Progress): PlannedRequest {
  const id = progress.anyOrder(random);
  return get(`/orders/${id ?? 'none-yet'}`, id === undefined ? 404 : 200, '/orders/:id');
}

function order(random: () => number, status: number, card: string, fate?: Fate): PlannedRequest {
  const email = `${fate}-${Math.floor(random() * 1e6)}@example.com`;
  const body = {
    product: between(random, PRODUCTS.fine),
    quantity: between(random, { first: 1, last: 4 }),
    email,
    card,
  };
  const request = { method: 'POST', path: '/orders', body, route: '/orders', status, charges: true } as const;
  return fate === undefined ? request : { ...request, job: { queue: 'emails', fate } };
}
