import { checkKeys, type MetricsSnapshot, messageOf, type Telemetry, TelemetryError } from '@telltale/core';
import type { Alert } from './alert.ts';
import { checkRules } from './check-rules.ts';
import { checkNumber } from './check-value.ts';
import { defaultRules } from './default-rules.ts';
import { Evaluation } from './evaluation/evaluation.ts';
import { metricHints } from './metric-hint.ts';
import type { Notifier } from './notifier.ts';
import { Notifications } from './notify/notifications.ts';
import type { AlertRule } from './rule.ts';
import { type ActiveSilence, type Silence, Silences } from './silences.ts';

export interface AlertsOptions {
  /** Default `defaultRules()`. */
  readonly rules?: readonly AlertRule[];
  /** Who is told; default nobody: `current()` has them all the same. */
  readonly notify?: readonly Notifier[];
  /** Seconds between two evaluations; default 15. */
  readonly interval?: number;
  /** Alerts with the same values of these labels are told together; default `alertname` and `service_name`. */
  readonly groupBy?: readonly string[];
  /** Seconds that a new group waits for more of its kind before it is told; default 10. */
  readonly groupWait?: number;
  /** Seconds, at least, between two messages about a group; default 60. */
  readonly groupInterval?: number;
  readonly silences?: readonly Silence[];
}

/** Alerts of a telemetry, evaluated while it runs. */
export interface Alerts {
  /** Those that are pending or firing, and those that were over in the last 15 minutes; the most severe first, then the newest. */
  current(): readonly Alert[];
  /** Nobody is told of alerts that match, from now on. Returns what ends it. Throws `ERR_OPTION` for one that cannot be. */
  silence(silence: Silence): () => void;
  /** The silences that hold. */
  silences(): readonly ActiveSilence[];
  /** Evaluates the rules on the metrics as they are now, and not only when it is time. Never rejects. */
  evaluate(): Promise<void>;
  /** Ends it: no rule is evaluated and nobody told any more. Never rejects. `telemetry.shutdown()` ends it, too. */
  stop(): Promise<void>;
}

/** The part of a telemetry that alerts need. */
export type AlertingTelemetry = Pick<
  Telemetry,
  'addExporter' | 'collect' | 'monotonic' | 'problem' | 'resource' | 'snapshot'
>;

const NAME = 'alerts';
const INTERVAL = 15;
const KEYS = [
  'rules',
  'notify',
  'interval',
  'groupBy',
  'groupWait',
  'groupInterval',
  'silences',
] as const satisfies readonly (keyof AlertsOptions)[];
const SEVERITIES = ['critical', 'error', 'warning', 'info'];

/**
 * Evaluates rules on a telemetry's metrics (with `gather`, on those of the whole group, in the process that exports) and tells the notifiers. It is an exporter called
 * `alerts`, and one called `alerts-<name>` for each notifier: `health()` says how they are. Throws `ERR_OPTION` for options that are wrong.
 */
export function alerts(telemetry: AlertingTelemetry, options: AlertsOptions = {}): Alerts {
  if (typeof telemetry?.addExporter !== 'function') {
    throw new TelemetryError('ERR_OPTION', 'alerts needs a telemetry: alerts(createTelemetry({ … }), { … }).');
  }
  checkKeys(NAME, options, KEYS);
  const { interval = INTERVAL, groupBy, groupWait, groupInterval, notify = [] } = options;
  const rules = options.rules === undefined ? defaultRules() : checkRules('alerts.rules', options.rules);
  checkNumber('alerts.interval', interval, { from: 1, to: 3600 }, 'seconds');
  const watch = new Watch(telemetry);
  const silences = new Silences(options.silences ?? [], watch.now);
  const evaluation = new Evaluation({
    rules,
    interval,
    begin: telemetry.monotonic(),
    problem: (subject, message) => telemetry.problem(subject, message),
  });
  for (const rule of rules) for (const hint of metricHints(rule)) telemetry.problem(hint, () => hint);

  const current = (): readonly Alert[] => sorted(evaluation.alerts((labels) => silences.covers(labels)));
  let notifications: Notifications | undefined;
  const pass = async (snapshot: MetricsSnapshot): Promise<void> => {
    const now = telemetry.monotonic();
    watch.set(snapshot.time, now);
    await evaluation.evaluate(snapshot, now);
    notifications?.update(current());
  };
  // One after the other, whoever asks.
  let last: Promise<void> = Promise.resolve();
  const evaluate = (snapshot: MetricsSnapshot): Promise<void> => {
    last = last
      .then(() => pass(snapshot))
      .catch((error: unknown) => telemetry.problem('alerts', () => `Alerts were not evaluated: ${messageOf(error)}`));
    return last;
  };
  const remove = telemetry.addExporter({
    name: NAME,
    interval,
    start: (source) =>
      source.onLead?.((leads) => {
        // Another process evaluates now: what was known here would be told for ever.
        if (!leads) evaluation.forget();
      }),
    exportMetrics: evaluate,
    shutdown: async () => notifications?.complete(),
  });
  try {
    notifications = new Notifications({
      ...{ telemetry, notify, groupBy, groupWait, groupInterval, silences },
      now: watch.now,
    });
  } catch (error) {
    void remove();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await remove();
    await notifications?.stop();
  };
  return {
    current,
    silence: (silence) => silences.add(silence),
    silences: () => silences.current(),
    evaluate: async () => {
      if (stopping === undefined) await telemetry.collect().then(evaluate, () => {});
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** The time of day as the last snapshot had it, moved on by the clock that never goes back. */
class Watch {
  readonly now: () => number;
  private time: number;
  private at: number;

  constructor(telemetry: Pick<Telemetry, 'monotonic' | 'snapshot'>) {
    this.time = telemetry.snapshot().time;
    this.at = telemetry.monotonic();
    this.now = () => this.time + telemetry.monotonic() - this.at;
  }

  set(time: number, at: number): void {
    this.time = time;
    this.at = at;
  }
}

function sorted(alerts: readonly Alert[]): readonly Alert[] {
  const rank = ({ severity }: Alert): number => SEVERITIES.indexOf(severity);
  return Object.freeze([...alerts].sort((a, b) => rank(a) - rank(b) || b.since - a.since));
}
