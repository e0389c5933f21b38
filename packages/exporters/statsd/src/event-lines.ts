import type { OperationEvent, Resource } from '@telltale/core';
import { datadogTag } from './datadog-spelling.ts';
import type { Tag } from './dialect.ts';
import type { Lines } from './lines.ts';
import { attributeTags, identityTags } from './series-tags.ts';

/** Limits of https://docs.datadoghq.com/extend/dogstatsd/datagram_shell/?tab=events and its events API, in characters. */
const MAX_TITLE = 100;
const MAX_TEXT = 4000;
const MAX_AGGREGATION_KEY = 100;

/** Events as DogStatsD takes them: `_e{21,30}:GET /orders/:id|completed in 2 s|d:1700000002|…`. */
export function eventLines(events: readonly OperationEvent[], tags: readonly Tag[]): readonly Lines[] {
  const shared = new Map<Resource, readonly string[]>();
  return events.map((event) => {
    const { resource } = event;
    const ofAll = shared.get(resource) ?? spelt([...tags, ...identityTags(resource)]);
    shared.set(resource, ofAll);
    return { item: event, lines: [eventLine(event, ofAll)] };
  });
}

function eventLine(event: OperationEvent, shared: readonly string[]): string {
  const title = written(event.name, MAX_TITLE) || '(no name)';
  const text = written(sentenceOf(event), MAX_TEXT);
  const tags: readonly Tag[] = [
    ['kind', event.kind],
    ...(event.outcome === undefined ? [] : [['outcome', event.outcome] as const]),
    ...attributeTags(event.attributes),
  ];
  return [
    `_e{${Buffer.byteLength(title)},${Buffer.byteLength(text)}}:${title}`,
    text,
    `d:${Math.floor(event.time)}`,
    `k:${cut(`${event.kind}:${event.name}`.replaceAll(/[^\w:./-]+/g, '_'), MAX_AGGREGATION_KEY)}`,
    ...(event.outcome === 'completed' ? ['p:low'] : []),
    `t:${alertType(event)}`,
    `#${[...spelt(tags), ...shared].join(',')}`,
  ].join('|');
}

function spelt(tags: readonly Tag[]): readonly string[] {
  return tags.map(([key, value]) => datadogTag(key, value));
}

function sentenceOf({ type, outcome, duration, error, traceId }: OperationEvent): string {
  const head = `${outcome ?? type} ${type === 'end' ? 'in' : 'after'} ${Number(duration.toPrecision(3))} s`;
  const cause = error === undefined ? '' : `\n${error.type}${error.message === '' ? '' : `: ${error.message}`}`;
  return `${head}${cause}${traceId === undefined ? '' : `\ntrace ${traceId}`}`;
}

function alertType({ outcome, type }: OperationEvent): string {
  if (outcome === 'failed') return 'error';
  return outcome === 'aborted' || outcome === 'retried' || type === 'stuck' ? 'warning' : 'info';
}

/** Line breaks end the event, so they are written as `\n`. */
function written(text: string, most: number): string {
  const whole = text.toWellFormed();
  const line = /[\r\n\0]/.test(whole) ? whole.replaceAll(/\r?\n|\r/g, '\\n').replaceAll('\0', '') : whole;
  return cut(line, most);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
