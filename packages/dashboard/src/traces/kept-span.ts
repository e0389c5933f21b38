import type { FinishedSpan } from '@telltale/core';
import type { TraceDetail } from '../frame.ts';
import { isSecretKey, MASKED, maskText } from './mask.ts';

type Shown = TraceDetail['spans'][number];

const MAX_ATTRIBUTES = 32;
const MAX_EVENTS = 16;
const MAX_EVENT_ATTRIBUTES = 8;
const MAX_LINKS = 16;
const MAX_KEY = 128;

const KINDS: readonly Shown['kind'][] = ['internal', 'server', 'client', 'producer', 'consumer'];

/** A span as it is shown: masked, cut, and holding on to nothing of the span it was made from. Times are seconds since the epoch. */
export interface KeptSpan {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly service: string;
  readonly kind: Shown['kind'];
  readonly start: number;
  readonly end: number;
  readonly status: Shown['status'];
  readonly message: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly {
    readonly name: string;
    readonly time: number;
    readonly attributes: Readonly<Record<string, string>>;
  }[];
  readonly links: Shown['links'];
  /** Bytes it takes, about. */
  readonly bytes: number;
}

export function keptSpan(span: FinishedSpan): KeptSpan {
  const attributes = textsOf(span.attributes, MAX_ATTRIBUTES);
  const events = span.events.slice(0, MAX_EVENTS).map((event) => ({
    name: maskText(String(event.name)),
    time: event.time,
    attributes: textsOf(event.attributes, MAX_EVENT_ATTRIBUTES),
  }));
  const links = span.links
    .slice(0, MAX_LINKS)
    .map(({ context }) => ({ traceId: idOf(context.traceId, 32), spanId: idOf(context.spanId, 16) }));
  const shown = {
    spanId: idOf(span.spanId, 16),
    parentSpanId: span.parentSpanId === undefined ? undefined : idOf(span.parentSpanId, 16),
    name: maskText(String(span.name)),
    service: maskText(String(span.resource.attributes['service.name'] ?? 'unknown_service')),
    kind: KINDS[span.kind] ?? 'internal',
    start: span.startTime,
    end: Math.max(span.startTime, span.endTime),
    status: span.status,
    message: span.statusMessage === undefined ? undefined : maskText(span.statusMessage),
    attributes,
    events,
    links,
  };
  return { ...shown, bytes: bytesOf(shown) };
}

/** Bytes of an object and what it refers to, and of each character of a text. */
const OBJECT_BYTES = 300;
const ENTRY_BYTES = 64;
const CHARACTER_BYTES = 2;

function bytesOf({ name, service, message, attributes, events, links }: Omit<KeptSpan, 'bytes'>): number {
  const texts = (of: Readonly<Record<string, string>>): number =>
    Object.entries(of).reduce(
      (sum, [key, value]) => sum + ENTRY_BYTES + CHARACTER_BYTES * (key.length + value.length),
      0,
    );
  const own = CHARACTER_BYTES * (name.length + service.length + (message?.length ?? 0));
  const those = events.reduce(
    (sum, event) => sum + ENTRY_BYTES + CHARACTER_BYTES * event.name.length + texts(event.attributes),
    0,
  );
  return OBJECT_BYTES + own + texts(attributes) + those + links.length * (ENTRY_BYTES + 48 * CHARACTER_BYTES);
}

function textsOf(attributes: FinishedSpan['attributes'], limit: number): Record<string, string> {
  const entries: [string, string][] = [];
  for (const key in attributes) {
    if (entries.length >= limit) break;
    const value = attributes[key];
    if (value === undefined || value === null) continue;
    const shownKey = key.length > MAX_KEY ? maskText(key.slice(0, MAX_KEY)) : key;
    entries.push([shownKey, isSecretKey(key) ? MASKED : maskText(textOf(value))]);
  }
  return Object.fromEntries(entries);
}

/** Lists are shown with commas; of long ones, the beginning. */
function textOf(value: unknown): string {
  return Array.isArray(value)
    ? value
        .slice(0, 64)
        .map((one) => String(one).slice(0, 4096))
        .join(', ')
    : String(value);
}

function idOf(id: string, length: number): string {
  return id.length <= length ? id : id.slice(0, length);
}
