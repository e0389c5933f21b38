import { createHash } from 'node:crypto';
import type { Alert } from '../alert.ts';

/** Groups that are told by themselves; the alerts of further ones are told together, in one without labels. */
const MAX_GROUPS = 1000;

interface AlertGroup {
  readonly labels: Readonly<Record<string, string>>;
  /** By fingerprint. */
  readonly firing: ReadonlyMap<string, Alert>;
}

/** The alerts of one evaluation, as notifiers look at them. */
export interface AlertGroups {
  readonly groups: ReadonlyMap<string, AlertGroup>;
  /** By fingerprint; those that resolved lately. */
  readonly resolved: ReadonlyMap<string, Alert>;
}

export const NO_GROUPS: AlertGroups = { groups: new Map(), resolved: new Map() };

/** Of further groups than there is room for. */
const OVERFLOW = 'overflow';

/** Sorts alerts into groups by `groupBy`. Those that `known` says were groups before stay it when there are too many. */
export function groupAlerts(
  alerts: readonly Alert[],
  groupBy: readonly string[],
  known: (id: string) => boolean,
): AlertGroups {
  const groups = new Map<string, { labels: Readonly<Record<string, string>>; firing: Map<string, Alert> }>();
  const resolved = new Map<string, Alert>();
  for (const alert of alerts) {
    if (alert.state === 'resolved') resolved.set(alert.fingerprint, alert);
    if (alert.state !== 'firing') continue;
    const labels = commonLabels(alert, groupBy);
    let id = JSON.stringify(labels);
    if (groups.size >= MAX_GROUPS && !groups.has(id) && !known(id)) id = OVERFLOW;
    let group = groups.get(id);
    if (group === undefined) {
      group = { labels: id === OVERFLOW ? Object.freeze({}) : labels, firing: new Map() };
      groups.set(id, group);
    }
    group.firing.set(alert.fingerprint, alert);
  }
  return { groups, resolved };
}

/** The same for the same group in every process, and short however long its labels are. */
export function groupKeyOf(id: string): string {
  return createHash('sha256').update(id.toWellFormed()).digest('hex').slice(0, 32);
}

function commonLabels({ labels }: Alert, groupBy: readonly string[]): Readonly<Record<string, string>> {
  const common = groupBy.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, labels[name] as string]] : []));
  return Object.freeze(Object.fromEntries(common) as Record<string, string>);
}
