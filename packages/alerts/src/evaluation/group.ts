import { createHash } from 'node:crypto';
import type { Resource, SeriesAttributes } from '@telltale/core';
import { labelName } from './alert-text.ts';
import { attributeOf } from './selection.ts';

/** Longer values are cut: labels are names, and go into messages of limited size. */
const MAX_LABEL = 256;

/** The series of a rule that have the attributes of `by` in common: one alert. */
export class Group {
  readonly key: string;
  /** Of `by`; those that the series do not have are missing. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds of watching, as the rest: when the first of its series was seen. */
  readonly firstSeen: number;
  lastSeen: number;
  /** When a series was there that lives: one that is no counter, or grew. */
  lastAlive: number;
  /** It was given up: its series belong to another one by now. */
  gone = false;
  /** What each of the rule's selectors knows of it. */
  readonly cells: unknown[] = [];

  constructor(key: string, labels: Readonly<Record<string, string>>, firstSeen: number) {
    this.key = key;
    this.labels = labels;
    this.firstSeen = firstSeen;
    this.lastSeen = firstSeen;
    this.lastAlive = firstSeen;
  }
}

/** The groups of a rule, as many as there may be. */
export class Groups {
  /** Series that belong to no group because there were too many, in the evaluation that is under way or was the last. */
  leftOut = 0;
  private readonly by: readonly string[];
  private readonly max: number;
  private readonly groups = new Map<string, Group>();

  constructor(by: readonly string[], max: number) {
    this.by = by;
    this.max = max;
  }

  [Symbol.iterator](): IterableIterator<Group> {
    return this.groups.values();
  }

  get size(): number {
    return this.groups.size;
  }

  /** The group of a series; `undefined` when it is a new one, and there is no room. */
  of(attributes: SeriesAttributes, resource: Resource, now: number): Group | undefined {
    const values = this.by.map((key) => String(attributeOf(key, attributes, resource) ?? '').slice(0, MAX_LABEL));
    const key = JSON.stringify(values);
    const known = this.groups.get(key);
    if (known !== undefined) return known;
    if (this.groups.size >= this.max) {
      this.leftOut++;
      return undefined;
    }
    return this.add(key, values, now);
  }

  /** The one group of a rule that does not group, also without any series. */
  only(now: number): Group {
    return this.groups.values().next().value ?? this.add('[]', [], now);
  }

  remove(group: Group): void {
    group.gone = true;
    this.groups.delete(group.key);
  }

  clear(): void {
    for (const group of this.groups.values()) this.remove(group);
  }

  private add(key: string, values: readonly string[], now: number): Group {
    const labels = this.by.flatMap((attribute, i) => (values[i] === '' ? [] : [[labelName(attribute), values[i]]]));
    const group = new Group(key, Object.freeze(Object.fromEntries(labels)), now);
    this.groups.set(key, group);
    return group;
  }
}

/** The same for the same labels, in whatever order and process: 16 hexadecimal digits. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
