import {
  type ExportContext,
  ExportError,
  type Exporter,
  type ExportResult,
  type MetricsSnapshot,
  messageOf,
  type Point,
  type Resource,
} from '@telltale/core';
import type { Alert } from '../alert.ts';
import type { Notification, Notifier, NotifierContext } from '../notifier.ts';
import type { Ledger } from './ledger.ts';

/** Seconds between two looks at whether there is something to tell. */
const INTERVAL = 1;
/** Groups that one call tells: what others become meanwhile is seen by the next. */
const MAX_ROUND = 50;
/** Seconds for which a dead receiver is left alone first, at most ten times as long: shorter than for metrics, since someone waits for it. */
const PAUSE = 10;
/** As the push loop's. */
const TIMEOUT = 10;

const SCOPE = { name: '@telltale/alerts' } as const;

export interface NotifierExporterOptions {
  readonly notifier: Notifier;
  readonly ledger: Ledger;
  readonly resource: Resource;
  now(): number;
  problem(subject: string, message: () => string): void;
  /** Resolves when no update comes any more. */
  readonly complete: Promise<void>;
}

/**
 * Has a push loop tell alerts: a point stands for a group of which something is to be told, its value for how many alerts that are. So pace, retry, time
 * limits, breaker, unknown outcomes, health and shutdown are those of all exporters; what is told is read from the ledger as it is sent.
 */
export class NotifierExporter {
  readonly exporter: Exporter;
  private readonly options: NotifierExporterOptions;
  private readonly nothing: MetricsSnapshot;
  /** What the last call met keeps it from being tried once more at the end. */
  private fails = false;
  private running = false;

  constructor(options: NotifierExporterOptions) {
    this.options = options;
    const { notifier, ledger, resource } = options;
    const { timeout, rateLimit, idempotent = false } = notifier;
    this.nothing = Object.freeze({ time: options.now(), resource, metrics: Object.freeze([]) });
    this.exporter = {
      name: `alerts-${notifier.name}`,
      interval: INTERVAL,
      whenUnknown: idempotent ? 'again' : 'give-up',
      ...(timeout !== undefined && { timeout }),
      delivery: { circuitBreaker: { pause: PAUSE }, ...(rateLimit !== undefined && { rateLimit }) },
      start: (source) =>
        source.onLead?.((leads) => {
          // Another process tells from here on: what the receiver knows then is not known here.
          if (!leads) ledger.forget();
        }),
      exportMetrics: (snapshot, context) => this.export(snapshot, context),
      shutdown: () => this.end(),
    };
  }

  /** What the push loop hands to the exporter. */
  async collect(): Promise<MetricsSnapshot> {
    const { ledger, resource, now } = this.options;
    const due = ledger.due(MAX_ROUND);
    if (due.length === 0) return this.nothing;
    const time = now();
    const points = due.map((group) => {
      const value = ledger.notification(group)?.alerts.length ?? 0;
      return Object.freeze({ attributes: Object.freeze({ group }), startTime: time, time, value });
    });
    const metric = {
      name: 'telltale.alerts.notifications',
      description: 'Alerts that a receiver is to be told of',
      unit: '{alert}',
      type: 'gauge',
      temporality: 'cumulative',
      scope: SCOPE,
      resource,
      points: Object.freeze(points),
    } as const;
    return Object.freeze({ time, resource, metrics: Object.freeze([Object.freeze(metric)]) });
  }

  private async export(snapshot: MetricsSnapshot, context: ExportContext): Promise<ExportResult | void> {
    this.running = true;
    this.fails = true;
    try {
      const result = await this.tellAll(snapshot, context);
      this.fails = false;
      return result;
    } finally {
      this.running = false;
    }
  }

  private async tellAll(snapshot: MetricsSnapshot, context: ExportContext): Promise<ExportResult> {
    const { ledger } = this.options;
    let accepted = 0;
    let rejected = 0;
    let reason: string | undefined;
    for (const point of snapshot.metrics.flatMap<Point>(({ points }) => points)) {
      const group = String(point.attributes.group);
      const notification = ledger.notification(group);
      const refusal = notification && (await this.tell(group, notification, point, context));
      if (refusal === undefined) {
        accepted++;
        context.accepted([point]);
      } else {
        rejected++;
        reason = refusal;
        context.rejected?.([point], refusal);
      }
    }
    return { accepted, rejected, ...(reason !== undefined && { reason }) };
  }

  /** Resolves with why the receiver does not want it, or some of it; rejects when it is to be told again, or nobody knows whether it arrived. */
  private async tell(
    group: string,
    notification: Notification,
    point: Point,
    context: ExportContext,
  ): Promise<string | undefined> {
    const { notifier, ledger } = this.options;
    context.signal.throwIfAborted();
    const message = new Message(notification, (alerts, knows) => ledger.note(group, alerts, knows));
    try {
      await notifier.send(notification, this.contextOf(message, context));
    } catch (error) {
      const { outcomeUnknown, retryable, retryAfter } = saidBy(error);
      if (outcomeUnknown) {
        const again = notifier.idempotent === true && retryable;
        message.settle(again ? 'unsure' : 'told');
        if (!again) ledger.sent(group);
        context.unknown?.([point], again ? 'again' : 'give-up');
        throw new ExportError(messageOf(error), { cause: error, ...(retryAfter !== undefined && { retryAfter }) });
      }
      if (retryable) throw error;
      message.settle('refused');
      ledger.sent(group);
      return messageOf(error);
    }
    message.settle('told');
    ledger.sent(group);
    return message.refusal;
  }

  private contextOf(message: Message, { signal, resource, request }: ExportContext): NotifierContext {
    const { notifier, problem, now } = this.options;
    return {
      signal,
      resource,
      time: now(),
      request: async (...given) => request?.(...given),
      told: (alerts) => message.name(alerts, 'told'),
      refused: (alerts, reason) => {
        message.refusal = reason;
        message.name(alerts, 'refused');
      },
      problem: (subject, text) => problem(`alerts-${notifier.name} ${subject}`, text),
    };
  }

  /** What waited for others of its group is told now, in one try: the push loop has sent what was due. */
  private async end(): Promise<void> {
    const { notifier, ledger, complete, problem, resource } = this.options;
    await complete;
    ledger.hurry();
    try {
      if (this.fails || this.running) return;
      const snapshot = await this.collect();
      if (snapshot === this.nothing) return;
      const signal = AbortSignal.timeout(1000 * (notifier.timeout ?? TIMEOUT));
      await this.tellAll(snapshot, { signal, resource, accepted: () => {} });
    } catch (error) {
      problem(
        `alerts-${notifier.name} at the end`,
        () => `The last alerts were not told to ${notifier.name}: ${messageOf(error)}`,
      );
    } finally {
      await notifier.close?.();
    }
  }
}

/** A notification on its way: what is left of it when parts were named. */
class Message {
  refusal: string | undefined;
  private readonly left: Set<Alert>;
  private readonly note: (alerts: Iterable<Alert>, knows: 'told' | 'unsure' | 'refused') => void;

  constructor({ alerts }: Notification, note: Message['note']) {
    this.left = new Set(alerts);
    this.note = note;
  }

  name(alerts: Iterable<Alert>, knows: 'told' | 'refused'): void {
    const fresh = [...alerts].filter((alert) => this.left.delete(alert));
    this.note(fresh, knows);
  }

  settle(knows: 'told' | 'unsure' | 'refused'): void {
    this.note(this.left, knows);
    this.left.clear();
  }
}

/** By name, so that an `ExportError` from another copy of core counts as well. */
function saidBy(error: unknown): Pick<ExportError, 'outcomeUnknown' | 'retryable' | 'retryAfter'> {
  if (!(error instanceof Error) || error.name !== 'ExportError') {
    return { outcomeUnknown: false, retryable: true, retryAfter: undefined };
  }
  const { outcomeUnknown, retryable, retryAfter } = error as Partial<ExportError>;
  return { outcomeUnknown: outcomeUnknown === true, retryable: retryable !== false, retryAfter };
}
