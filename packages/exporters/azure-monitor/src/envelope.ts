import type { Resource } from '@telltale/core';
import { MAX_ITEM_BYTES } from './limits.ts';
import { addProperty, emptyProperties, type Properties, textOf } from './properties.ts';
import { cut } from './shortened.ts';

/** One telemetry item, as Application Insights' ingestion ("Breeze") takes it. */
export interface Envelope {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly iKey: string;
  readonly sampleRate: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: { readonly baseType: BaseType; readonly baseData: BaseData };
}

export type BaseType =
  | 'MetricData'
  | 'RequestData'
  | 'RemoteDependencyData'
  | 'ExceptionData'
  | 'MessageData'
  | 'EventData';

interface BaseData {
  readonly ver: 2;
  readonly properties: Properties;
  readonly [field: string]: unknown;
}

/** What all items of an exporter have in common. */
export interface EnvelopeSettings {
  readonly instrumentationKey: string;
  /** Attributes of the service that every item has as properties. */
  readonly resourceAttributes: readonly string[];
  /** Whether histograms carry their buckets. */
  readonly buckets: boolean;
}

/** How the ingestion calls each type of item. */
const NAMES: Readonly<Record<BaseType, string>> = {
  MetricData: 'Metric',
  RequestData: 'Request',
  RemoteDependencyData: 'RemoteDependency',
  ExceptionData: 'Exception',
  MessageData: 'Message',
  EventData: 'Event',
};

export function envelopeOf(
  settings: EnvelopeSettings,
  baseType: BaseType,
  time: number,
  tags: Readonly<Record<string, string>>,
  baseData: Readonly<Record<string, unknown>> & { readonly properties: Properties },
  sampleRate = 100,
): Envelope {
  return {
    name: `Microsoft.ApplicationInsights.${NAMES[baseType]}`,
    time: timeOf(time),
    iKey: settings.instrumentationKey,
    sampleRate,
    tags,
    data: { baseType, baseData: { ver: 2, ...baseData } },
  };
}

/** The service as Application Insights names it: its node on the application map, its instance, its version. */
export function resourceTags({ attributes }: Resource): Record<string, string> {
  const { 'service.namespace': namespace, 'service.name': name } = attributes;
  const tag = (key: string, value: unknown) => (value === undefined || value === '' ? {} : { [key]: textOf(value) });
  return {
    ...tag('ai.cloud.role', namespace === undefined || name === undefined ? name : `${namespace}.${name}`),
    ...tag(
      'ai.cloud.roleInstance',
      attributes['k8s.pod.name'] ?? attributes['service.instance.id'] ?? attributes['host.name'],
    ),
    ...tag('ai.application.ver', attributes['service.version']),
    ...tag('ai.internal.sdkVersion', sdkOf(attributes)),
  };
}

/** Adds those attributes of the service that items are to carry; an item's own attribute of the name wins. */
export function addResource(
  properties: Properties,
  { attributes }: Resource,
  { resourceAttributes }: EnvelopeSettings,
): Properties {
  for (const key of resourceAttributes) if (!(key in properties)) addProperty(properties, key, attributes[key]);
  return properties;
}

/** The item as text of at most 64 KB: the longest texts in it are cut in half until it fits, and its property `telltale.cut` says so. */
export function envelopeText(envelope: Envelope): string {
  const text = JSON.stringify(envelope);
  // A character of UTF-16 has three bytes at most.
  if (text.length * 3 <= MAX_ITEM_BYTES || Buffer.byteLength(text) <= MAX_ITEM_BYTES) return text;
  const copy = JSON.parse(text) as Envelope;
  const { baseData } = copy.data;
  const properties = Object.assign(emptyProperties(), baseData.properties);
  properties['telltale.cut'] = 'the item was longer than 64 KB';
  const whole: Envelope = { ...copy, data: { ...copy.data, baseData: { ...baseData, properties } } };
  const holders = [whole.data.baseData, properties, ...((baseData.exceptions as object[] | undefined) ?? [])];
  for (;;) {
    const smaller = JSON.stringify(whole);
    if (Buffer.byteLength(smaller) <= MAX_ITEM_BYTES) return smaller;
    if (!cutLongest(holders as Record<string, unknown>[])) dropHalf(properties);
  }
}

/** Not worth cutting below this: then there are too many properties. */
const SHORT = 128;

function cutLongest(holders: readonly Record<string, unknown>[]): boolean {
  let longest: { readonly holder: Record<string, unknown>; readonly key: string; readonly text: string } | undefined;
  for (const holder of holders) {
    for (const [key, text] of Object.entries(holder)) {
      if (typeof text === 'string' && text.length > (longest?.text.length ?? SHORT)) longest = { holder, key, text };
    }
  }
  if (longest === undefined) return false;
  longest.holder[longest.key] = cut(longest.text, Math.floor(Buffer.byteLength(longest.text) / 2));
  return true;
}

function dropHalf(properties: Properties): void {
  const keys = Object.keys(properties).filter((key) => key !== 'telltale.cut');
  for (const key of keys.slice(Math.floor(keys.length / 2))) delete properties[key];
}

/** To the microsecond, as spans have it. */
function timeOf(seconds: number): string {
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  const fraction = (((micros % 1e6) + 1e6) % 1e6).toString().padStart(6, '0');
  if (whole !== latest.second) latest = { second: whole, text: new Date(whole * 1000).toISOString().slice(0, 19) };
  return `${latest.text}.${fraction}Z`;
}

/** Items come second by second, and its text is most of the work. */
let latest = { second: Number.NaN, text: '' };

function sdkOf(attributes: Resource['attributes']): string | undefined {
  const { 'telemetry.sdk.name': name, 'telemetry.sdk.version': version } = attributes;
  return name === undefined ? undefined : `${name}:${version ?? ''}`;
}
