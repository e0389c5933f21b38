import type { Exportable, Resource, Signal } from '@telltale/core';
import type { Settings } from './settings.ts';

/** An event of the HTTP Event Collector as it is written, and what it holds. */
export interface HecRecord {
  readonly text: string;
  readonly items: readonly Exportable[];
}

export interface HecBody {
  /** `metric`, or an object. */
  readonly event: unknown;
  /** Of metrics: values and dimensions. */
  readonly fields?: Readonly<Record<string, string | number>>;
}

/** "Format events for HTTP Event Collector": time in seconds with milliseconds, then where it came from, then what it is. */
export function hecRecord(
  signal: Signal,
  time: number,
  resource: Resource,
  body: HecBody,
  items: readonly Exportable[],
  settings: Settings,
): HecRecord {
  const { attributes } = resource;
  const index = settings.index[signal];
  const text = JSON.stringify({
    time: Number(time.toFixed(3)),
    host: settings.host ?? String(attributes['host.name'] ?? settings.hostname),
    source: settings.source ?? String(attributes['service.name'] ?? 'telltale'),
    sourcetype: settings.sourcetype[signal],
    ...(index !== undefined && { index }),
    ...body,
  });
  return { text: wellFormed(text), items };
}

/** Attributes of the service that go with everything. */
export function identityOf(resource: Resource, settings: Settings): Readonly<Record<string, string>> {
  const { attributes } = resource;
  const identity: Record<string, string> = {};
  for (const key of settings.resourceAttributes) {
    if (attributes[key] !== undefined) identity[key] = String(attributes[key]);
  }
  return identity;
}

/** Halves of characters, which JSON writes as escapes, are no Unicode: parsers refuse the whole. */
function wellFormed(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replaceAll(/(?<!\\)((?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g, '$1\u{FFFD}');
}
