import type { AttributeValue, Resource, SeriesAttributes } from '@telltale/core';
import type { Tag } from './dialect.ts';

/** Datadog's names of the attributes that say whose a series is (unified service tagging), which others can live with, too. */
const IDENTITY: readonly Tag[] = [
  ['service', 'service.name'],
  ['env', 'deployment.environment.name'],
  ['version', 'service.version'],
];

/** What says whose a series is, of the attributes of its resource. */
export function identityTags({ attributes }: Resource): readonly Tag[] {
  return IDENTITY.flatMap(([tag, key]) => {
    const value = attributes[key];
    return value === undefined ? [] : [[tag, String(value)] as const];
  });
}

/** In the order of their keys, so that a series is the same in all processes. */
export function attributeTags(attributes: SeriesAttributes): readonly Tag[] {
  return Object.entries(attributes)
    .map(([key, value]): Tag => [key, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Tells series apart whose spellings may be the same: `1` and `'1'` are two. */
export function identityOf(name: string, tags: readonly Tag[], attributes: SeriesAttributes): string {
  const types = Object.entries(attributes)
    .filter(([, value]: readonly [string, AttributeValue]) => typeof value !== 'string')
    .map(([key]) => key)
    .sort();
  return JSON.stringify([name, tags, types]);
}
