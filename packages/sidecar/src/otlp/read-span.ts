import type { AttributeValue, FinishedSpan, InstrumentationScope, Resource, SpanEvent } from '@telltale/core';
import { MAX_ATTRIBUTES } from './attributes.ts';
import {
  anyValue,
  idIn,
  listIn,
  Malformed,
  messageIn,
  numberIn,
  optionalMessage,
  type RawMessage,
  secondsIn,
  textIn,
} from './raw-values.ts';

/** Of a span: OpenTelemetry's SDKs have the same defaults. */
const MAX_EVENTS = 128;
const MAX_LINKS = 128;
const MAX_NAME = 1024;
/** Characters of a value; backends take no longer ones. */
const MAX_VALUE = 4096;
/** Characters of all values of a span, its events and links: what is over it is left out and counted, so that no buffer of spans is a heap of documents. */
const MAX_SPAN = 65_536;
const MAX_TRACE_STATE = 512;

/** opentelemetry/proto/trace/v1/trace.proto: `SpanFlags`. */
const TRACE_FLAGS_MASK = 0xff;
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
const SAMPLED = 1;

type Link = FinishedSpan['links'][number];
type TraceState = NonNullable<Link['context']['traceState']>;

const STATUS = ['unset', 'ok', 'error'] as const;
const MAX_KIND = 4;

/** Makes core's spans of OTLP's. Counts what it had to cut. */
export class SpanReader {
  cut = 0;
  private room = 0;

  /** Throws `Malformed` for a span without ids or times. */
  read(raw: RawMessage, resource: Resource, scope: InstrumentationScope): FinishedSpan {
    this.room = MAX_SPAN;
    const [traceId, spanId, parentSpanId] = [idIn(raw.traceId, 16), idIn(raw.spanId, 8), idIn(raw.parentSpanId, 8)];
    if (traceId === undefined || spanId === undefined) throw new Malformed('a span has no traceId or no spanId');
    const startTime = secondsIn(raw.startTimeUnixNano, 'startTimeUnixNano');
    const endTime = secondsIn(raw.endTimeUnixNano, 'endTimeUnixNano');
    if (startTime === 0 || endTime === 0) throw new Malformed('a span has no start or no end');
    const flags = numberIn(raw.flags, 'flags');
    const status = optionalMessage(raw.status, 'status');
    const statusMessage = this.text(status?.message, MAX_NAME);
    const traceState = textIn(raw.traceState, 'traceState').slice(0, MAX_TRACE_STATE);
    const own = this.attributes(raw.attributes);
    const [events, links] = [this.events(raw.events), this.links(raw.links)];
    return Object.freeze({
      ...{ traceId, spanId },
      ...(parentSpanId !== undefined && { parentSpanId }),
      parentIsRemote: (flags & IS_REMOTE) !== 0,
      // Exporters of before the field was there send 0, and spans that are not sampled are not sent.
      traceFlags: flags === 0 ? SAMPLED : flags & TRACE_FLAGS_MASK,
      ...(traceState !== '' && { traceState }),
      name: this.text(raw.name, MAX_NAME),
      // 0 is unspecified, from 1 they are those of the API.
      kind: Math.min(Math.max(numberIn(raw.kind, 'kind') - 1, 0), MAX_KIND),
      ...{ startTime, endTime: Math.max(startTime, endTime) },
      status: STATUS[numberIn(status?.code, 'the code of status')] ?? 'unset',
      ...(statusMessage !== '' && { statusMessage }),
      attributes: own.attributes,
      events: events.items,
      links: links.items,
      dropped: {
        attributes: own.dropped + numberIn(raw.droppedAttributesCount, 'droppedAttributesCount'),
        events: events.dropped + numberIn(raw.droppedEventsCount, 'droppedEventsCount'),
        links: links.dropped + numberIn(raw.droppedLinksCount, 'droppedLinksCount'),
      },
      ...{ scope, resource },
    });
  }

  private events(raw: unknown): { readonly items: readonly SpanEvent[]; readonly dropped: number } {
    const all = listIn(raw, 'events');
    const items = all.slice(0, MAX_EVENTS).map((one): SpanEvent => {
      const event = messageIn(one, 'an event');
      const { attributes, dropped } = this.attributes(event.attributes);
      const left = dropped + numberIn(event.droppedAttributesCount, 'droppedAttributesCount');
      return {
        name: this.text(event.name, MAX_NAME),
        time: secondsIn(event.timeUnixNano, 'the time of an event'),
        attributes,
        ...(left > 0 && { dropped: left }),
      };
    });
    return { items, dropped: all.length - items.length };
  }

  private links(raw: unknown): { readonly items: readonly Link[]; readonly dropped: number } {
    const all = listIn(raw, 'links');
    const items: Link[] = [];
    for (const one of all.slice(0, MAX_LINKS)) {
      const link = messageIn(one, 'a link');
      const [traceId, spanId] = [idIn(link.traceId, 16), idIn(link.spanId, 8)];
      if (traceId === undefined || spanId === undefined) continue;
      const flags = numberIn(link.flags, 'the flags of a link');
      const traceState = textIn(link.traceState, 'the traceState of a link').slice(0, MAX_TRACE_STATE);
      const { attributes, dropped } = this.attributes(link.attributes);
      const left = dropped + numberIn(link.droppedAttributesCount, 'droppedAttributesCount');
      items.push({
        context: {
          ...{ traceId, spanId, traceFlags: flags & TRACE_FLAGS_MASK },
          ...((flags & HAS_IS_REMOTE) !== 0 && { isRemote: (flags & IS_REMOTE) !== 0 }),
          ...(traceState !== '' && { traceState: asReceived(traceState) }),
        },
        attributes,
        ...(left > 0 && { droppedAttributesCount: left }),
      });
    }
    return { items, dropped: all.length - items.length };
  }

  private attributes(raw: unknown): { readonly attributes: FinishedSpan['attributes']; readonly dropped: number } {
    const all = listIn(raw, 'attributes');
    const kept: [string, AttributeValue | AttributeValue[]][] = [];
    for (const one of all.slice(0, MAX_ATTRIBUTES)) {
      const pair = messageIn(one, 'an attribute');
      const value = anyValue(pair.value);
      const key = textIn(pair.key, 'the key of an attribute').slice(0, MAX_NAME);
      if (value === undefined || key === '') continue;
      const kind =
        typeof value === 'object'
          ? this.listOf(value)
          : typeof value === 'string'
            ? this.text(value, MAX_VALUE)
            : value;
      const size = key.length + (typeof kind === 'string' ? kind.length : 8);
      if (size > this.room) continue;
      this.room -= size;
      kept.push([key, kind]);
    }
    return { attributes: Object.fromEntries(kept), dropped: all.length - kept.length };
  }

  private listOf(values: readonly AttributeValue[]): AttributeValue[] | string {
    const text = JSON.stringify(values);
    if (text.length > MAX_VALUE) return this.text(text, MAX_VALUE);
    this.room -= text.length;
    return [...values];
  }

  private text(value: unknown, most: number): string {
    const text = textIn(value, 'a text');
    if (text.length <= most) return text;
    this.cut++;
    return `${text.slice(0, most - 1)}…`.toWellFormed();
  }
}

/** A trace state that is only passed on. */
function asReceived(text: string): TraceState {
  const state: TraceState = {
    get: (key) =>
      text
        .split(',')
        .find((member) => member.trim().startsWith(`${key}=`))
        ?.trim()
        .slice(key.length + 1),
    set: () => state,
    unset: () => state,
    serialize: () => text,
  };
  return state;
}
