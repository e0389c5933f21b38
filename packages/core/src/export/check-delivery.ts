import { nearestOf } from '../check-keys.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { Sampler } from '../spans/sampler.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import { exportInterval } from './export-interval.ts';
import type { Exporter } from './exporter.ts';
import { checkBudget } from './fold-budget.ts';
import type { Spool } from './spool.ts';

/** As OpenTelemetry has them for names of instruments. */
const PREFIX = /^[A-Za-z][A-Za-z0-9_.\-/]*$/;
/** Node's timers cannot wait for longer than 2^31 − 1 ms (https://nodejs.org/api/timers.html): they would fire at once instead. */
export const MAX_SECONDS = 2_147_483;

type Checks<T> = { readonly [Option in keyof T]-?: (given: Given) => void };

/** Throws `ERR_EXPORTER`, naming exporter, option and mend, for settings that cannot work. */
export function checkDelivery(exporter: Exporter): void {
  const { name, delivery, backend } = exporter;
  if (backend !== undefined && (typeof backend !== 'string' || backend === '')) {
    fail(name, 'backend', backend, 'a key of the price table, such as "cloudwatch", or leave it out');
  }
  if (delivery !== undefined) new Given(exporter, '', delivery).keys(DELIVERY);
}

const DELIVERY: Checks<DeliverySettings> = {
  filter: (given) =>
    given.keys<NonNullable<DeliverySettings['filter']>>({
      metrics: (metrics) => metrics.keys({ include: names, exclude: names }),
      series: predicate('(name, attributes) => true'),
      spans: predicate('(span) => true'),
      events: predicate('(event) => true'),
    }),
  prefix: (given) => given.must(isPrefix, 'what may begin the name of a metric, such as "shop."'),
  sampling: (given) => {
    given.keys({ ratio: () => {}, keep: (keep) => keep.keys({ errors: () => {}, slowerThan: () => {} }) });
    given.make((sampling: NonNullable<DeliverySettings['sampling']>) => new Sampler(sampling));
  },
  rateLimit: (given) => given.must(isAbove(0), 'a number of requests a second above 0'),
  publishWhen: predicate('(snapshot) => true'),
  adaptiveInterval: (given) => {
    given.keys({ max: () => {} });
    const interval = exportInterval(given.exporter, 'metrics');
    given
      .at('max')
      .must((max) => isSeconds(max) && max >= interval, `seconds from the interval (${interval}) to ${MAX_SECONDS}`);
  },
  circuitBreaker: (given) => {
    if (given.value === false) return;
    if (typeof given.value === 'boolean')
      given.wrong('an object such as { failures: 5, pause: 30 }, or false for none');
    given.keys<Exclude<NonNullable<DeliverySettings['circuitBreaker']>, false>>({
      failures: (failures) => failures.must((n) => Number.isInteger(n) && (n as number) > 0, 'a whole number from 1'),
      pause: (pause) => pause.must(isSeconds, `a number of seconds above 0, at most ${MAX_SECONDS}`),
    });
  },
  spool: (given) => given.must(isSpool, 'what diskSpool() of @telltale/disk-spool makes'),
  budget: (given) => {
    given.keys({ perMonth: () => {}, prices: () => {} });
    given.at('perMonth').must(isAbove(0), 'US dollars a month above 0');
    given.make(() => checkBudget(given.exporter));
  },
};

/** The options of `delivery`. */
export const DELIVERY_OPTIONS = Object.freeze(Object.keys(DELIVERY)) as readonly (keyof DeliverySettings)[];

/** A value and where it was given; `path` is empty at the top. */
class Given {
  readonly exporter: Exporter;
  readonly path: string;
  readonly value: unknown;

  constructor(exporter: Exporter, path: string, value: unknown) {
    this.exporter = exporter;
    this.path = path;
    this.value = value;
  }

  at(key: string): Given {
    return new Given(this.exporter, this.pathOf(key), (this.value as Record<string, unknown>)[key]);
  }

  /** An object with no other keys than these; what is given is checked. */
  keys<T>(checks: Checks<T>): void {
    this.must(isObject, `an object with ${Object.keys(checks).join(', ')}`);
    for (const [key, value] of Object.entries(this.value as object)) {
      const check: ((given: Given) => void) | undefined = Object.hasOwn(checks, key)
        ? checks[key as keyof T]
        : this.unknown(key, Object.keys(checks));
      if (value !== undefined) check(this.at(key));
    }
  }

  must(isRight: (value: unknown) => boolean, mend: string): void {
    if (!isRight(this.value)) this.wrong(mend);
  }

  make<T>(maker: (value: T) => unknown): void {
    try {
      maker(this.value as T);
    } catch (error) {
      throw new TelemetryError('ERR_EXPORTER', `The exporter "${this.exporter.name}": ${messageOf(error)}`);
    }
  }

  wrong(mend: string): never {
    fail(this.exporter.name, this.path || 'delivery', this.value, mend);
  }

  private pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  private unknown(key: string, known: readonly string[]): never {
    const nearest = nearestOf(key, known);
    const hint = nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`;
    throw new TelemetryError(
      'ERR_EXPORTER',
      `\`${this.pathOf(key)}\` of the exporter "${this.exporter.name}" is no option.${hint} Known are ${known.join(', ')}.`,
    );
  }
}

function names(given: Given): void {
  given.must(
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''),
    "an array of names, with * for any characters, such as ['http.*', 'orders']",
  );
}

function predicate(example: string): (given: Given) => void {
  return (given) => given.must((value) => typeof value === 'function', `a function, such as ${example}`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPrefix(value: unknown): boolean {
  return typeof value === 'string' && PREFIX.test(value);
}

function isAbove(least: number): (value: unknown) => boolean {
  return (value) => Number.isFinite(value) && (value as number) > least;
}

function isSeconds(value: unknown): value is number {
  return isAbove(0)(value) && (value as number) <= MAX_SECONDS;
}

function isSpool(value: unknown): boolean {
  const { open, close } = (value ?? {}) as Partial<Spool>;
  return typeof open === 'function' && typeof close === 'function';
}

function fail(exporter: string, option: string, value: unknown, mend: string): never {
  const shown =
    typeof value === 'string'
      ? JSON.stringify(value)
      : typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined
        ? String(value)
        : Array.isArray(value)
          ? 'an array'
          : `of type ${typeof value}`;
  throw new TelemetryError('ERR_EXPORTER', `\`${option}\` of the exporter "${exporter}" is ${shown}; give ${mend}.`);
}
