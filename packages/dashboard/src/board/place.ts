import type { Resource, SeriesAttributes } from '@telltale/core';
import type { Forms } from './form.ts';
import type { ServiceLive } from './services.ts';
import type { Slots } from './slots.ts';
import type { Tables } from './tables.ts';
import type { Tracked } from './tracked.ts';

/** Where the metrics of one resource go. */
export interface Place {
  readonly slots: Slots;
  readonly forms: Forms;
  readonly tables: Tables;
  readonly service: ServiceLive;
  readonly resource: Resource;
}

/** By metric: makes what follows it. */
export type Bindings = Readonly<Record<string, () => Tracked>>;

/** The first of these attributes that there is: names have changed, and differ between languages. */
export function attributeOf(attributes: SeriesAttributes, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributes[key];
    if (value !== undefined && value !== '') return String(value);
  }
  return undefined;
}
