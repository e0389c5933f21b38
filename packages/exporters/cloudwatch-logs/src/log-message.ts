import type { AttributeValue, OperationEvent } from '@telltale/core';

/** "PutLogEvents", CloudWatch Logs API reference: of one event, with what it counts for each. */
const MAX_EVENT_BYTES = 1_048_576;
export const BYTES_PER_EVENT = 26;
const MAX_TEXT_BYTES = MAX_EVENT_BYTES - BYTES_PER_EVENT;
/** Enough of a text that is cut to see what it is. */
const SHORT = 1024;

/**
 * An event as one line of JSON, flat, so that each member is a field in Logs Insights. An attribute that is called as one of ours is and says something
 * else stands at `attributes.<key>`. What is too long for CloudWatch Logs is cut, and says so.
 */
export function logMessage(event: OperationEvent, resourceAttributes: readonly string[]): string {
  const text = JSON.stringify(fieldsOf(event, resourceAttributes));
  // A character of UTF-16 has three bytes at most.
  if (text.length * 3 <= MAX_TEXT_BYTES || Buffer.byteLength(text) <= MAX_TEXT_BYTES) return text;
  return JSON.stringify(shortened(fieldsOf(event, resourceAttributes)));
}

function fieldsOf(event: OperationEvent, resourceAttributes: readonly string[]): Record<string, AttributeValue> {
  const { type, kind, name, time, startTime, duration, outcome, error, traceId, spanId, resource } = event;
  const fields: Record<string, AttributeValue> = Object.create(BARE);
  const add = (key: string, value: AttributeValue | undefined): void => {
    if (value !== undefined) fields[key] = value;
  };
  add('time', isoOf(time));
  add('moment', type);
  add('kind', kind);
  add('name', name);
  add('outcome', outcome);
  add('duration', duration);
  add('startTime', isoOf(startTime));
  add('error.type', error?.type);
  add('error.message', error?.message);
  add('traceId', traceId);
  add('spanId', spanId);
  add('value', event.value);
  add('done', event.done);
  add('total', event.total);
  for (const key of resourceAttributes) add(key, resource.attributes[key]);
  for (const key of Object.keys(event.attributes)) {
    const value = event.attributes[key];
    if (fields[key] === value) continue;
    let free = key;
    while (free in fields) free = `attributes.${free}`;
    add(free, value);
  }
  return fields;
}

/** So that every key is a key. Objects without any prototype are slow in V8: those of an empty one are as good. */
const BARE: object = Object.freeze(Object.create(null));

function shortened(fields: Readonly<Record<string, AttributeValue>>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (typeof value !== 'string' || value.length <= SHORT) return [key, value];
      return [key, `${value.slice(0, SHORT)}… (cut, ${value.length} characters)`];
    }),
  );
}

function isoOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  const ms = time.getUTCMilliseconds();
  const second = time.getTime() - ms;
  if (second !== latest.second) latest = { second, text: time.toISOString().slice(0, -'000Z'.length) };
  return `${latest.text}${String(ms).padStart(3, '0')}Z`;
}

/** Events come second by second, and its text is most of the work. */
let latest = { second: Number.NaN, text: '' };
