import { createHash } from 'node:crypto';
import type { Alert } from '../alert.ts';
import type { Notification } from '../notifier.ts';
import type { Severity } from '../rule.ts';
import { type AlertGroups, groupKeyOf, NO_GROUPS } from './alert-groups.ts';

/** Alerts of which it is kept what the receiver knows. What fires beyond them waits until others are over: it could not be known whether it was told. */
const MAX_ENTRIES = 20_000;

/** Where not all can be shown, the worst are. */
const RANKS: Readonly<Record<Severity, number>> = { critical: 0, error: 1, warning: 2, info: 3 };

export interface LedgerOptions {
  /** Seconds; 0 for a receiver that waits by itself. */
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatEvery: number | undefined;
  /** Whether the receiver wants to hear that alerts are over. */
  readonly resolved: boolean;
  /** Which alerts it is told. */
  takes(labels: Readonly<Record<string, string>>): boolean;
  /** Whether nobody is to be told of an alert now. */
  silenced(labels: Readonly<Record<string, string>>): boolean;
  /** Seconds, never going back; and since the Unix epoch. */
  monotonic(): number;
  now(): number;
}

/** `told`: the receiver has it. `unsure`: it may have it, and is told again. `refused`: it does not want it. */
type Knowledge = 'told' | 'unsure' | 'refused';

interface Entry {
  readonly alert: Alert;
  readonly knows: Knowledge;
}

/** What one receiver knows of one group. */
interface Account {
  readonly labels: Readonly<Record<string, string>>;
  /** By fingerprint; of each alert what was told last. */
  readonly entries: Map<string, Entry>;
  /** When the receiver's knowledge began to differ from what is so; monotonic. */
  changedAt: number | undefined;
  /** When it was sent something last; monotonic. */
  sentAt: number | undefined;
}

interface Difference {
  /** Firing, and not known to the receiver. */
  readonly fresh: readonly Alert[];
  /** Known to the receiver as firing, and over. */
  readonly over: readonly Alert[];
  /** Known to the receiver, and firing. */
  readonly standing: readonly Alert[];
}

/**
 * What one receiver knows, beside what is so; what it is to be told is the difference. Alerts that fired and resolved between two messages
 * are in neither, so nobody hears of them. An alert that fired again is another one: it has another `firedAt`.
 */
export class Ledger {
  private readonly options: LedgerOptions;
  private readonly accounts = new Map<string, Account>();
  private current: AlertGroups = NO_GROUPS;
  /** How many entries all accounts have. */
  private size = 0;
  /** Nothing is due before this monotonic second. */
  private dueAt = Number.POSITIVE_INFINITY;
  /** Nothing waits any more. */
  private hurries = false;

  constructor(options: LedgerOptions) {
    this.options = options;
  }

  /** Whether the receiver was told something of this group, or is to be. */
  knows(id: string): boolean {
    return this.accounts.has(id);
  }

  /** These are the alerts from now on. */
  update(groups: AlertGroups): void {
    this.current = groups;
    for (const [id, { labels }] of groups.groups) {
      if (!this.accounts.has(id)) {
        this.accounts.set(id, { labels, entries: new Map(), changedAt: undefined, sentAt: undefined });
      }
    }
    this.plan();
  }

  /** Nothing is known any more, neither what is so nor what the receiver knows. */
  forget(): void {
    this.current = NO_GROUPS;
    this.accounts.clear();
    this.size = 0;
    this.plan();
  }

  /** What waits is due: nothing else comes. */
  hurry(): void {
    this.hurries = true;
    this.plan();
  }

  /** The groups of which something is to be told now, at most so many. Costs nothing while there is none. */
  due(most: number): readonly string[] {
    const now = this.options.monotonic();
    if (now < this.dueAt) return [];
    const due: string[] = [];
    for (const [id, account] of this.accounts) {
      if (this.dueAtOf(id, account) <= now) due.push(id);
      if (due.length === most) return due;
    }
    // What was due is silenced now, or was sent meanwhile.
    if (due.length === 0) this.plan();
    return due;
  }

  /** What is to be told of a group as it is now; `undefined`: nothing any more. */
  notification(id: string): Notification | undefined {
    const account = this.accounts.get(id);
    if (account === undefined) return undefined;
    const { fresh, over, standing } = this.difference(id, account);
    const repeated = standing.length > 0 && this.repeatsAt(account) <= this.options.monotonic();
    const firing = [...fresh, ...(repeated ? standing : [])].sort((a, b) => RANKS[a.severity] - RANKS[b.severity]);
    if (firing.length + over.length === 0) return undefined;
    const groupKey = groupKeyOf(id);
    const alerts = [...firing, ...over];
    return Object.freeze({
      id: idOf(groupKey, alerts, account.sentAt),
      groupKey,
      groupLabels: account.labels,
      status: firing.length > 0 ? 'firing' : 'resolved',
      alerts: Object.freeze(alerts),
      stillFiring: repeated ? 0 : standing.length,
      repeated,
    });
  }

  /** The receiver has, may have, or does not want these, in the order in which they were told. */
  note(id: string, alerts: Iterable<Alert>, knows: Knowledge): void {
    const account = this.accounts.get(id);
    if (account === undefined) return;
    const { entries } = account;
    const all = [...alerts];
    // An alert that is over may be there beside its next life.
    for (const alert of all) {
      if (alert.state === 'firing' || knows === 'unsure') continue;
      if (entries.get(alert.fingerprint)?.alert.firedAt === alert.firedAt) this.strike(entries, alert.fingerprint);
    }
    for (const alert of all) if (alert.state === 'firing') this.enter(entries, alert, knows);
  }

  /** A message about the group has been dealt with. */
  sent(id: string): void {
    const account = this.accounts.get(id);
    if (account === undefined) return;
    account.sentAt = this.options.monotonic();
    account.changedAt = undefined;
  }

  private enter(entries: Map<string, Entry>, alert: Alert, knows: Knowledge): void {
    const { fingerprint } = alert;
    const known = entries.get(fingerprint);
    // What it was told for certain stays so, though it is repeated, or fires again, in vain.
    if (knows !== 'told' && known?.knows === 'told') return;
    if (known === undefined) this.size++;
    entries.set(fingerprint, { alert, knows });
  }

  private strike(entries: Map<string, Entry>, fingerprint: string): void {
    if (entries.delete(fingerprint)) this.size--;
  }

  /** Notes since when each group differs, forgets those of which there is nothing to say, and when the next is due. */
  private plan(): void {
    this.dueAt = Number.POSITIVE_INFINITY;
    for (const [id, account] of this.accounts) {
      this.dueAt = Math.min(this.dueAt, this.dueAtOf(id, account));
      if (account.entries.size === 0 && !this.current.groups.has(id)) this.accounts.delete(id);
    }
  }

  private dueAtOf(id: string, account: Account): number {
    const { groupWait, groupInterval, monotonic } = this.options;
    const { fresh, over, standing } = this.difference(id, account);
    const repeatsAt = standing.length > 0 ? this.repeatsAt(account) : Number.POSITIVE_INFINITY;
    if (fresh.length + over.length === 0) {
      account.changedAt = undefined;
      return repeatsAt;
    }
    account.changedAt ??= monotonic();
    if (this.hurries) return account.changedAt;
    const { changedAt, sentAt = Number.NEGATIVE_INFINITY } = account;
    return Math.min(repeatsAt, Math.max(changedAt + groupWait, sentAt + groupInterval));
  }

  private repeatsAt({ sentAt }: Account): number {
    const { repeatEvery = Number.POSITIVE_INFINITY } = this.options;
    return sentAt === undefined ? Number.POSITIVE_INFINITY : sentAt + repeatEvery;
  }

  private difference(id: string, { entries }: Account): Difference {
    const { takes, silenced } = this.options;
    const firing = this.current.groups.get(id)?.firing;
    const fresh: Alert[] = [];
    const standing: Alert[] = [];
    const over: Alert[] = [];
    for (const alert of firing?.values() ?? []) {
      if (!takes(alert.labels) || silenced(alert.labels)) continue;
      const known = entries.get(alert.fingerprint);
      if (known === undefined && this.size + fresh.length >= MAX_ENTRIES) continue;
      if (known === undefined || known.alert.firedAt !== alert.firedAt || known.knows === 'unsure') {
        fresh.push(alert.silenced ? { ...alert, silenced: false } : alert);
      } else if (known.knows === 'told') standing.push(alert);
    }
    for (const [fingerprint, { alert, knows }] of entries) {
      if (firing?.get(fingerprint)?.firedAt === alert.firedAt) continue;
      if (knows === 'refused' || !this.options.resolved) this.strike(entries, fingerprint);
      else over.push(this.overOf(alert));
    }
    return { fresh, over, standing };
  }

  private overOf(alert: Alert): Alert {
    const resolved = this.current.resolved.get(alert.fingerprint);
    if (resolved?.firedAt === alert.firedAt && resolved !== undefined) return resolved;
    // Nobody evaluates it any more, or it fired again meanwhile.
    return { ...alert, state: 'resolved', resolvedAt: this.options.now() };
  }
}

/** `sentAt` tells what is repeated from what was told before. */
function idOf(groupKey: string, alerts: readonly Alert[], sentAt: number | undefined): string {
  const hash = createHash('sha256').update(`${groupKey} ${sentAt}`);
  for (const { fingerprint, state, firedAt } of alerts) hash.update(`\n${fingerprint} ${state} ${firedAt}`);
  return hash.digest('hex').slice(0, 32);
}
