import { setTimeout as sleep } from 'node:timers/promises';
import {
  createTelemetry,
  type ExporterHealth,
  type MetricsSource,
  type Telemetry,
  type TelemetryError,
} from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { onTestFinished } from 'vitest';
import type { Alert } from '../alert.ts';
import type { Notification, Notifier } from '../notifier.ts';
import { Silences } from '../silences.ts';
import { Notifications } from './notifications.ts';

/** Seconds between two evaluations. */
const EVALUATION = 5;

export interface StageOptions {
  readonly groupBy?: readonly string[];
  readonly groupWait?: number;
  readonly groupInterval?: number;
  readonly start?: number;
}

/** Alerts that a test lets fire and resolve, the notifiers that are told of them, and time that only the test moves. */
export class Stage {
  readonly clock: ManualClock;
  readonly telemetry: Telemetry;
  readonly problems: TelemetryError[] = [];
  readonly silences: Silences;
  readonly notifications: Notifications;
  private readonly alerts = new Map<string, Alert>();
  /** Calls of `send` that have not settled. */
  private running = 0;
  private evaluated = 0;
  /** Whether calls that run are to be waited for: not while the receiver does not answer. */
  answers: () => boolean = () => true;

  constructor(notify: readonly Notifier[], options: StageOptions = {}, onLead?: MetricsSource['onLead']) {
    const { start, ...rest } = options;
    this.clock = new ManualClock(start);
    this.telemetry = createTelemetry({
      service: { name: 'shop' },
      clock: this.clock,
      shutdown: { signals: false },
      onError: (error) => void this.problems.push(error),
    });
    const now = (): number => this.clock.now();
    this.silences = new Silences([], now);
    const watched = notify.map((notifier) => this.watched(notifier));
    const { telemetry } = this;
    this.notifications = new Notifications({
      telemetry: {
        resource: telemetry.resource,
        monotonic: () => telemetry.monotonic(),
        problem: (...given) => telemetry.problem(...given),
        addExporter: (exporter, how) =>
          telemetry.addExporter(
            { ...exporter, start: (source) => exporter.start?.(onLead === undefined ? source : { ...source, onLead }) },
            how,
          ),
      },
      notify: watched,
      silences: this.silences,
      now,
      ...rest,
    });
    onTestFinished(() => this.end());
  }

  /** Fires from the next evaluation on. */
  fire(instance: string, labels: Readonly<Record<string, string>> = {}, more: Partial<Alert> = {}): void {
    this.alerts.set(
      instance,
      alertOf(instance, labels, { ...more, since: this.clock.now(), firedAt: this.clock.now() }),
    );
  }

  resolve(instance: string): void {
    const alert = this.alerts.get(instance) as Alert;
    this.alerts.set(instance, { ...alert, state: 'resolved', resolvedAt: this.clock.now() });
  }

  /** As when its series is gone. */
  vanish(instance: string): void {
    this.alerts.delete(instance);
  }

  evaluate(): void {
    this.evaluated = this.clock.monotonic();
    this.notifications.update([...this.alerts.values()]);
  }

  /** Lets time pass, with an evaluation every five seconds; what is sent is waited for, unless the receiver does not answer. */
  async pass(seconds: number): Promise<void> {
    const end = this.clock.monotonic() + seconds;
    while (this.clock.monotonic() < end) {
      if (this.clock.monotonic() - this.evaluated >= EVALUATION) this.evaluate();
      await this.clock.advance(Math.min(0.5, end - this.clock.monotonic()));
      await this.idle();
    }
  }

  async idle(): Promise<void> {
    while (this.running > 0 && this.answers()) await sleep(1);
  }

  health(name: string): ExporterHealth {
    const health = this.telemetry.health().exporters.find((exporter) => exporter.name === `alerts-${name}`);
    if (health === undefined) throw new Error(`there is no alerts-${name}`);
    return health;
  }

  async end(): Promise<void> {
    this.notifications.complete();
    const ending = this.telemetry.shutdown();
    // Who does not answer is not waited for beyond the deadline.
    if (!this.answers()) await this.clock.advance(60);
    await ending;
  }

  private watched(notifier: Notifier): Notifier {
    return {
      ...notifier,
      send: async (notification, context) => {
        this.running++;
        // Its turn comes when the test lets time pass.
        const request: typeof context.request = async (...given) => {
          this.running--;
          await context.request(...given).finally(() => this.running++);
        };
        try {
          await notifier.send(notification, { ...context, request });
        } finally {
          this.running--;
        }
      },
    };
  }
}

/** An alert of the rule `SlowCalls` that fires; its summary holds its name. */
export function alertOf(
  instance: string,
  labels: Readonly<Record<string, string>> = {},
  more: Partial<Alert> = {},
): Alert {
  const rule = labels.alertname ?? 'SlowCalls';
  const severity = more.severity ?? 'warning';
  return {
    fingerprint: `${rule}-${instance}`,
    rule,
    severity,
    state: 'firing',
    labels: { alertname: rule, severity, service_name: 'pay', instance, ...labels },
    summary: `alert ${instance} of pay`,
    since: 1_700_000_000,
    firedAt: 1_700_000_000,
    silenced: false,
    ...more,
  };
}

/** A notifier that keeps what it is told, as `firing a` and `resolved a`, by message. */
export function memoryNotifier(more: Partial<Notifier> = {}): Notifier & {
  readonly notifications: Notification[];
  readonly told: () => readonly string[][];
} {
  const notifications: Notification[] = [];
  return {
    name: 'memory',
    send: async (notification) => void notifications.push(notification),
    ...more,
    notifications,
    told: () => notifications.map(({ alerts }) => alerts.map(({ state, labels }) => `${state} ${labels.instance}`)),
  };
}
