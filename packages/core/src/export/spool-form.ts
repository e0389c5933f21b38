import { createTraceState, type Link, type TraceState } from '@opentelemetry/api';
import { frozen } from '../frozen.ts';
import type { Metric, MetricsSnapshot, Point } from '../metrics/snapshot.ts';
import type { OperationEvent } from '../operations/operation-event.ts';
import { Pace } from '../pace.ts';
import type { InstrumentationScope, Resource } from '../resource.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import type { Item } from './feed.ts';
import type { SpooledOrigins } from './spooled-origins.ts';

/** To be raised when parts can no longer be read as they were. */
export const SPOOL_SHAPE = 1;

/** Points, spans or events in one part: work of about a millisecond. */
const PART = 256;

/** How what an exporter is handed becomes parts of a spooled entry, and parts become that again. */
export interface SpoolForm<T> {
  /** Its items, in the order by which they are numbered. */
  items(payload: T): readonly Item[];
  parts(payload: T): Iterable<unknown>;
  /** Deeply frozen, with one object for all resources that are alike. Rejects for what `parts` did not make. */
  load(parts: readonly unknown[], origins: SpooledOrigins): Promise<T>;
  /** The items of these numbers alone, the very objects. */
  only(payload: T, numbers: ReadonlySet<number>): T;
}

export const METRICS_FORM: SpoolForm<MetricsSnapshot> = {
  items: (snapshot) => snapshot.metrics.flatMap((metric) => metric.points as readonly Point[]),

  *parts({ metrics, ...snapshot }) {
    yield snapshot;
    for (const { points, ...descriptor } of metrics) {
      yield descriptor;
      yield* chunks<Point>(points);
    }
  },

  async load(parts, origins) {
    const [head, ...rest] = parts;
    const { resource, ...snapshot } = head as Omit<MetricsSnapshot, 'metrics'>;
    const metrics: (Omit<Metric, 'points'> & { readonly points: Point[] })[] = [];
    await inSlices(rest, (part) => {
      if (Array.isArray(part)) metrics.at(-1)!.points.push(...frozen(part as Point[]));
      else metrics.push({ ...originsOf(part as Omit<Metric, 'points'>, origins), points: [] });
    });
    for (const metric of metrics) frozen(metric);
    return Object.freeze({
      ...snapshot,
      resource: origins.resource(resource),
      metrics: Object.freeze(metrics as unknown as Metric[]),
    });
  },

  only(snapshot, numbers) {
    let number = 0;
    const left = snapshot.metrics.map((metric) => {
      const points = (metric.points as readonly Point[]).filter(() => numbers.has(number++));
      return Object.freeze({ ...metric, points: Object.freeze(points) }) as Metric;
    });
    return Object.freeze({ ...snapshot, metrics: Object.freeze(left.filter(({ points }) => points.length > 0)) });
  },
};

export const SPANS_FORM: SpoolForm<readonly FinishedSpan[]> = recordsForm(
  (span: FinishedSpan) => (span.links.length === 0 ? span : { ...span, links: span.links.map(plainLink) }),
  (stored) => ({ ...(stored as FinishedSpan), links: (stored as FinishedSpan).links.map(linkOf) }),
);

export const EVENTS_FORM: SpoolForm<readonly OperationEvent[]> = recordsForm(
  (event: OperationEvent) => event,
  (stored) => ({ ...(stored as OperationEvent) }),
);

function recordsForm<T extends FinishedSpan | OperationEvent>(
  plain: (item: T) => unknown,
  itemOf: (stored: unknown) => T,
): SpoolForm<readonly T[]> {
  return {
    items: (items) => items,
    *parts(items) {
      for (const chunk of chunks(items)) yield chunk.map(plain);
    },
    async load(parts, origins) {
      const items: T[] = [];
      await inSlices(parts, (part) => {
        for (const stored of part as readonly unknown[]) {
          const item = itemOf(stored);
          items.push(frozen(originsOf(item, origins)));
        }
      });
      return Object.freeze(items);
    },
    only: (items, numbers) => Object.freeze(items.filter((_, number) => numbers.has(number))),
  };
}

function* chunks<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let i = 0; i < items.length; i += PART) yield items.slice(i, i + PART);
}

function originsOf<T extends { readonly resource: Resource; readonly scope?: InstrumentationScope }>(
  item: T,
  origins: SpooledOrigins,
): T {
  const { resource, scope } = item;
  return {
    ...item,
    resource: origins.resource(resource),
    ...(scope !== undefined && { scope: origins.scope(scope) }),
  };
}

async function inSlices(parts: readonly unknown[], read: (part: unknown) => void): Promise<void> {
  const pace = new Pace();
  for (const part of parts) {
    read(part);
    if (pace.over()) await pace.rest();
  }
}

/** A trace state is an object with methods, which may be anybody's; its text is kept. */
function plainLink({ context, attributes, ...link }: Link): unknown {
  const { traceId, spanId, traceFlags, isRemote, traceState } = context;
  const text = textOf(traceState);
  return {
    ...link,
    ...(attributes !== undefined && { attributes }),
    context: {
      traceId,
      spanId,
      traceFlags,
      ...(isRemote !== undefined && { isRemote }),
      ...(text !== undefined && { traceState: text }),
    },
  };
}

function textOf(traceState: TraceState | undefined): string | undefined {
  try {
    return traceState?.serialize();
  } catch {
    return undefined;
  }
}

interface StoredContext extends Omit<Link['context'], 'traceState'> {
  readonly traceState?: string;
}

function linkOf(stored: unknown): Link {
  const { context, ...link } = stored as Link;
  const { traceState, ...rest } = context as unknown as StoredContext;
  return {
    ...link,
    context: { ...rest, ...(traceState !== undefined && { traceState: createTraceState(traceState) }) },
  };
}
