import { Diagnostics } from '../diagnostics.ts';
import type { TelemetryError } from '../errors.ts';

import type { MetricsSnapshot } from '../metrics/snapshot.ts';
import type { ExportContext, Exporter, ExportResult } from './exporter.ts';
import { PushLoop } from './push-loop.ts';
import { attributesOf, counter, emptySource, pointsOf, resource, snapshotOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';
import type { Signal } from './signal.ts';

/** What a backend does with one call. */
export type Answer = (
  items: readonly unknown[],
  context: ExportContext,
) => Promise<ExportResult | void> | ExportResult | void;

/** A push loop on a manual clock, around an exporter that does what a test says and notes each call. */
export class Stage {
  readonly clock = new SettlingClock();
  readonly told: string[] = [];
  readonly outcomes: Record<string, number> = {};
  readonly durations: string[] = [];
  /** Each call: seconds since the start, what was handed over. */
  readonly calls: { readonly at: number; readonly signal: Signal; readonly items: readonly unknown[] }[] = [];
  readonly loop: PushLoop;
  /** What the next calls meet; when none is left, they succeed. */
  readonly answers: Answer[] = [];
  always: Answer | undefined;
  running = 0;
  mostAtOnce = 0;
  collected = 0;
  total = 0;
  private readonly attributes = attributesOf({ plan: 'pro' });

  constructor(more: Partial<Exporter> = {}, signals: readonly Signal[] = ['metrics', 'spans', 'events'], random = 0.5) {
    const exporter: Exporter = {
      name: 'backend',
      // Tests that are about it switch it on.
      delivery: { circuitBreaker: false },
      ...(signals.includes('metrics') && {
        exportMetrics: (snapshot, context) => this.called('metrics', pointsOf(snapshot), context),
      }),
      ...(signals.includes('spans') && { exportSpans: (spans, context) => this.called('spans', spans, context) }),
      ...(signals.includes('events') && { exportEvents: (events, context) => this.called('events', events, context) }),
      ...more,
    };
    this.loop = new PushLoop({
      exporter,
      clock: this.clock,
      diagnostics: new Diagnostics((error: TelemetryError) => this.told.push(error.message)),
      resource,
      source: emptySource,
      collect: () => this.collect(),
      random: () => random,
      observer: {
        exported: (signal, outcome, count) => {
          const key = `${signal} ${outcome}`;
          this.outcomes[key] = (this.outcomes[key] ?? 0) + count;
        },
        duration: (signal, seconds, failed) => this.durations.push(`${signal} ${seconds} ${failed}`),
      },
    });
  }

  /** When each call was made, in seconds since the start. */
  get times(): readonly number[] {
    return this.calls.map(({ at }) => Math.round(at * 1000) / 1000);
  }

  get sizes(): readonly number[] {
    return this.calls.map(({ items }) => items.length);
  }

  get values(): readonly number[] {
    return this.calls.flatMap(({ items }) => items.map((item) => (item as { value: number }).value));
  }

  async collect(): Promise<MetricsSnapshot> {
    this.collected++;
    const time = this.clock.now();
    if (this.total === 0) return snapshotOf(time);
    return snapshotOf(
      time,
      counter('orders', [{ attributes: this.attributes, startTime: 0, time, value: this.total }]),
    );
  }

  private called(signal: Signal, items: readonly unknown[], context: ExportContext): Promise<ExportResult | void> {
    this.calls.push({ at: this.clock.monotonic(), signal, items });
    const answer = this.answers.shift() ?? this.always;
    // Not async: a throw must reach the loop as a throw.
    const answered = answer?.(items, context);
    this.running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    return Promise.resolve(answered).finally(() => {
      this.running--;
    });
  }
}

/** A backend that never answers, and whether it heeds the signal. */
export const hang: Answer = () => new Promise(() => {});
export const hangUntilAborted: Answer = (_, { signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
export const refuseConnection: Answer = () => Promise.reject(new Error('connect ECONNREFUSED'));
