import type { Attributes as ApiAttributes, Context } from '@opentelemetry/api';
import type { Attributes } from '../attributes.ts';
import type { SpanIds } from './exemplars.ts';
import type { SyncInstrument, SyncSeries } from './instrument.ts';
import type { AttributesProcessor } from './view.ts';

/** One stream of an instrument, and what is done to its measurements before they reach it. */
export interface Route {
  readonly stream: SyncInstrument;
  /** The view's processors, all in one. */
  readonly process: ((attributes: Attributes, context?: Context) => Attributes) | undefined;
  /** Whether exemplars have attributes that the series do not have. */
  readonly leavesOut: boolean;
}

/** What an instrument takes, whatever becomes of it. */
export interface ValueRule {
  readonly negative: boolean;
  /** Fractions are cut off. */
  readonly whole: boolean;
  /** What to do with a value that it does not take. */
  readonly mend: string;
}

/**
 * A synchronous instrument whose measurements do not simply go to series of its own kind: views give it several streams, another
 * aggregation or processors, or it takes whole numbers only. It has the methods of all kinds.
 */
export class RoutedInstrument {
  private readonly rule: ValueRule;
  private readonly routes: readonly Route[];
  private readonly activeContext: () => Context;

  constructor(rule: ValueRule, routes: readonly Route[], activeContext: () => Context) {
    this.rule = rule;
    this.routes = routes;
    this.activeContext = activeContext;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    this.record(value, attributes, context);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    if (!accepts(this.rule, value)) {
      this.reject(value);
      return;
    }
    const measured = this.rule.whole ? Math.trunc(value) + 0 : value;
    for (const { stream, process } of this.routes) {
      if (process === undefined) stream.measure(measured, attributes, context, attributes ?? NO_ATTRIBUTES);
      else {
        const given = attributes ?? NO_ATTRIBUTES;
        stream.measure(measured, process(given, context ?? this.activeContext()), context, given);
      }
    }
  }

  bind(attributes?: Attributes): RoutedSeries {
    const given = this.routes.some(({ leavesOut }) => leavesOut) ? copyOf(attributes) : undefined;
    const series = this.routes.map(({ stream, process }) =>
      stream.hold(process === undefined ? attributes : process(attributes ?? NO_ATTRIBUTES)),
    );
    return new RoutedSeries(this.rule, series, given, (value) => this.reject(value));
  }

  private reject(value: unknown): void {
    this.routes[0]?.stream.reject(value, this.rule.mend);
  }
}

/** Series of several streams, held as one. */
export class RoutedSeries {
  private readonly rule: ValueRule;
  private readonly series: readonly SyncSeries[];
  private readonly given: Attributes | undefined;
  private readonly reject: (value: unknown) => void;

  constructor(
    rule: ValueRule,
    series: readonly SyncSeries[],
    given: Attributes | undefined,
    reject: (value: unknown) => void,
  ) {
    this.rule = rule;
    this.series = series;
    this.given = given;
    this.reject = reject;
  }

  add(value = 1): void {
    this.record(value);
  }

  record(value: number, span?: SpanIds): void {
    if (!accepts(this.rule, value)) {
      this.reject(value);
      return;
    }
    const measured = this.rule.whole ? Math.trunc(value) + 0 : value;
    for (const one of this.series) one.measure(measured, span, undefined, this.given);
  }

  /** Of the first stream that knows. */
  get value(): number {
    return this.first('value') ?? this.first('sum') ?? 0;
  }

  get sum(): number {
    return this.first('sum') ?? this.first('value') ?? 0;
  }

  get count(): number {
    return this.first('count') ?? 0;
  }

  quantile(q: number): number {
    for (const one of this.series)
      if ('quantile' in one && typeof one.quantile === 'function') return one.quantile(q) as number;
    return Number.NaN;
  }

  private first(key: string): number | undefined {
    for (const one of this.series) {
      const found = (one as unknown as Readonly<Record<string, unknown>>)[key];
      if (typeof found === 'number') return found;
    }
    return undefined;
  }
}

/** Applies processors in turn. Where one fails, `failed` is told and there are no attributes: what it was to leave out must not come through. */
export function chainOf(
  processors: readonly AttributesProcessor[],
  failed: (error: unknown) => void,
): ((attributes: Attributes, context?: Context) => Attributes) | undefined {
  if (processors.length === 0) return undefined;
  return (given, context) => {
    let attributes = given;
    for (const processor of processors) {
      try {
        attributes = processor.process(attributes as ApiAttributes, context) as Attributes;
      } catch (error) {
        failed(error);
        return NO_ATTRIBUTES;
      }
    }
    return attributes;
  };
}

const NO_ATTRIBUTES: Attributes = Object.freeze({});

function accepts(rule: ValueRule, value: number): boolean {
  return Number.isFinite(value) && (rule.negative || value >= 0);
}

/** The caller's object is not kept. */
function copyOf(attributes: Attributes | undefined): Attributes {
  try {
    return { ...attributes };
  } catch {
    // A getter that throws: told when the series is looked for.
    return NO_ATTRIBUTES;
  }
}
