import { createTraceState, type Link } from '@opentelemetry/api';
import type { FinishedSpan, InstrumentationScope, OperationEvent, Resource } from '@telltale/core';
import { list, number } from './point-codec.ts';

/** Spans and events with the services and scopes that they belong to, each told once. */
export interface EncodedRecords {
  readonly resources: readonly unknown[];
  readonly scopes: readonly unknown[];
  readonly records: readonly unknown[];
}

export function encodeSpans(spans: readonly FinishedSpan[]): EncodedRecords {
  const resources = new Numbers<Resource>();
  const scopes = new Numbers<InstrumentationScope>();
  const records = spans.map(({ resource, scope, links, ...span }) => ({
    ...span,
    links: links.map(encodeLink),
    resource: resources.of(resource),
    scope: scopes.of(scope),
  }));
  return { resources: resources.all(), scopes: scopes.all(), records };
}

export function encodeEvents(events: readonly OperationEvent[]): EncodedRecords {
  const resources = new Numbers<Resource>();
  const records = events.map(({ resource, ...event }) => ({ ...event, resource: resources.of(resource) }));
  return { resources: resources.all(), scopes: [], records };
}

/** One object per service and scope of a member: exporters tell them apart by identity. */
export class RecordDecoder {
  private readonly known = new Map<string, object>();

  /** Throws for what no process of ours sends. */
  spans(encoded: unknown): readonly FinishedSpan[] {
    const { resources, scopes, records } = this.parts(encoded);
    return records.map((record) => {
      const { resource, scope, links, ...span } = record;
      return Object.freeze({
        ...span,
        links: list(links).map(decodeLink),
        resource: at(resources, resource),
        scope: at(scopes, scope),
      }) as unknown as FinishedSpan;
    });
  }

  events(encoded: unknown): readonly OperationEvent[] {
    const { resources, records } = this.parts(encoded);
    return records.map(
      ({ resource, ...event }) =>
        Object.freeze({ ...event, resource: at(resources, resource) }) as unknown as OperationEvent,
    );
  }

  private parts(encoded: unknown) {
    const { resources, scopes, records } = object(encoded);
    return {
      resources: list(resources).map((resource) => this.same<Resource>(resource)),
      scopes: list(scopes).map((scope) => this.same<InstrumentationScope>(scope)),
      records: list(records).map(object),
    };
  }

  private same<T extends object>(value: unknown): T {
    const key = JSON.stringify(value);
    let known = this.known.get(key);
    if (known === undefined) {
      known = Object.freeze(object(value));
      this.known.set(key, known);
    }
    return known as T;
  }
}

class Numbers<T> {
  private readonly numbers = new Map<T, number>();

  of(item: T): number {
    const known = this.numbers.get(item);
    if (known !== undefined) return known;
    this.numbers.set(item, this.numbers.size);
    return this.numbers.size - 1;
  }

  all(): readonly T[] {
    return [...this.numbers.keys()];
  }
}

/** A trace state is an object with methods; its text crosses. */
function encodeLink({ context, ...link }: Link): object {
  const { traceState, ...rest } = context;
  return { ...link, context: { ...rest, ...(traceState && { traceState: traceState.serialize() }) } };
}

function decodeLink(encoded: unknown): Link {
  const { context, ...link } = object(encoded);
  const { traceState, ...rest } = object(context);
  return {
    ...link,
    context: { ...rest, ...(typeof traceState === 'string' && { traceState: createTraceState(traceState) }) },
  } as unknown as Link;
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${typeof value} where a record belongs`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function at<T>(items: readonly T[], index: unknown): T {
  const item = items[number(index)];
  if (item === undefined) throw new Error('a record of a service that was not told');
  return item;
}
