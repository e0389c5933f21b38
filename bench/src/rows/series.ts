/** The series that hot-path rows record on: 5 methods × 200 routes × 10 statuses. */
export interface Labels {
  readonly method: string;
  readonly route: string;
  readonly status: number;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const ROUTES = Array.from({ length: 200 }, (_, i) => `/api/v1/things/:id/parts/${i}`);
const STATUSES = [200, 201, 204, 301, 304, 400, 401, 404, 500, 503];

/** Neighbours in the list differ in the status only, then in the route: what is the same again is found soonest. */
export function sequential(): Labels[] {
  return METHODS.flatMap((method) =>
    ROUTES.flatMap((route) => STATUSES.map((status): Labels => ({ method, route, status }))),
  );
}

/** The same in an order that looks random and is the same every time. */
export function shuffled(): Labels[] {
  const list = sequential();
  let seed = 42;
  for (let last = list.length - 1; last > 0; last--) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const other = seed % (last + 1);
    [list[last], list[other]] = [list[other] as Labels, list[last] as Labels];
  }
  return list;
}

/** How many series the limits of a library must let through. */
export const ROOM = 200_000;

/**
 * Durations from 0 to 0.4 s. Held as objects of their own ("boxed") rather than as an array of doubles: reading one then allocates
 * nothing, so what a row reports as allocated is the library's. The text is never reached; it makes V8 keep the array that way.
 */
export function durations(): number[] {
  const values: unknown[] = Array.from({ length: 1024 }, (_, i) => Math.abs(Math.sin(i) * 0.4));
  values.push('boxed');
  return values as number[];
}

export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
