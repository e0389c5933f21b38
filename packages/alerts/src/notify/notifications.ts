import type { Telemetry } from '@telltale/core';
import type { Alert } from '../alert.ts';
import { labelMatcher } from '../label-match.ts';
import type { Notifier } from '../notifier.ts';
import type { Silences } from '../silences.ts';
import { groupAlerts } from './alert-groups.ts';
import { checkGroupBy, checkNotifiers, checkSeconds } from './check-notifiers.ts';
import { Ledger } from './ledger.ts';
import { NotifierExporter } from './notifier-exporter.ts';

const GROUP_BY = ['alertname', 'service_name'];
const GROUP_WAIT = 10;
const GROUP_INTERVAL = 60;

export interface NotificationsOptions {
  readonly telemetry: Pick<Telemetry, 'addExporter' | 'monotonic' | 'problem' | 'resource'>;
  readonly notify: readonly Notifier[];
  /** Labels; default `alertname` and `service_name`. */
  readonly groupBy?: readonly string[] | undefined;
  /** Seconds that a change waits for others of its group; default 10. */
  readonly groupWait?: number | undefined;
  /** Seconds between two messages of a group, at least; default 60. */
  readonly groupInterval?: number | undefined;
  readonly silences: Pick<Silences, 'covers'>;
  /** Seconds since the Unix epoch, by the telemetry's clock. */
  readonly now: () => number;
}

/** Brings alerts to the notifiers, each by a push loop of its own. Throws `ERR_OPTION` for options that cannot be. */
export class Notifications {
  private readonly groupBy: readonly string[];
  private readonly ledgers: readonly Ledger[];
  private readonly removals: readonly (() => Promise<void>)[];
  private readonly completed = Promise.withResolvers<void>();
  private ended = false;

  constructor(options: NotificationsOptions) {
    const { telemetry, notify, groupWait = GROUP_WAIT, groupInterval = GROUP_INTERVAL, silences, now } = options;
    checkNotifiers(notify);
    checkSeconds('groupWait', groupWait);
    checkSeconds('groupInterval', groupInterval);
    this.groupBy = checkGroupBy(options.groupBy ?? GROUP_BY);
    const pairs = notify.map((notifier) => {
      const { immediate = false, repeatEvery, resolved = true, only = {} } = notifier;
      const ledger = new Ledger({
        groupWait: immediate ? 0 : groupWait,
        groupInterval: immediate ? 0 : groupInterval,
        repeatEvery,
        resolved,
        takes: labelMatcher('only', only),
        silenced: (labels) => silences.covers(labels),
        monotonic: () => telemetry.monotonic(),
        now,
      });
      return { notifier, ledger };
    });
    this.ledgers = pairs.map(({ ledger }) => ledger);
    this.removals = pairs.map(({ notifier, ledger }) => {
      const telling = new NotifierExporter({
        notifier,
        ledger,
        resource: telemetry.resource,
        now,
        problem: (subject, message) => telemetry.problem(subject, message),
        complete: this.completed.promise,
      });
      return telemetry.addExporter(telling.exporter, { collect: () => telling.collect() });
    });
  }

  /**
   * These are all alerts now: pending, firing, and resolved lately. A resolved one need not be there: what was told as firing and is missing is told as
   * resolved. Whether they are silenced is asked when they are told, not read from them.
   */
  update(alerts: readonly Alert[]): void {
    if (this.ended) return;
    const groups = groupAlerts(alerts, this.groupBy, (id) => this.ledgers.some((ledger) => ledger.knows(id)));
    for (const ledger of this.ledgers) ledger.update(groups);
  }

  /** No update comes any more: at the end of telemetry, what the last evaluation found is told before the receivers are left. */
  complete(): void {
    this.ended = true;
    this.completed.resolve();
  }

  /** Tells what is left to tell, without waiting for more, and ends. */
  async stop(): Promise<void> {
    this.complete();
    for (const ledger of this.ledgers) ledger.hurry();
    await Promise.all(this.removals.map((remove) => remove()));
  }
}
