import type { Context, ContextManager } from '@opentelemetry/api';
import type { SeriesAttributes } from '../attributes.ts';
import type { Clock } from '../clock.ts';
import type { Diagnostics } from '../diagnostics.ts';
import type { Counter } from '../metrics/counter.ts';
import type { Gauge } from '../metrics/gauge.ts';
import type { Histogram, HistogramOptions } from '../metrics/histogram.ts';
import type { InstrumentOptions } from '../metrics/instrument.ts';
import type { Observable, ObservableCallback } from '../metrics/observable.ts';
import type { UpDownCounter } from '../metrics/up-down-counter.ts';
import type { Resource } from '../resource.ts';
import type { SpanStarter } from '../spans/operation-span.ts';
import type { Hooks } from './hooks.ts';
import type { RunningJobs } from './running-jobs.ts';

/** Makes the instruments of an operation kind. */
export interface Meter {
  counter(name: string, options: InstrumentOptions): Counter;
  upDownCounter(name: string, options: InstrumentOptions): UpDownCounter;
  gauge(name: string, options: InstrumentOptions): Gauge;
  histogram(name: string, options: HistogramOptions): Histogram;
  observableGauge(name: string, options: InstrumentOptions, callback: ObservableCallback): Observable;
  observableUpDownCounter(name: string, options: InstrumentOptions, callback: ObservableCallback): Observable;
}

/** How much is under way. */
export interface Activity {
  /** Operations started and not ended, of all kinds and services. */
  operations: number;
  /** Operations started so far, but for those in the background. */
  begun: number;
  /** Operations under way of which it matters whether they are alone. */
  watched: number;
}

/** What the operations of one service need from the telemetry around them. */
export interface OperationHome {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly contexts: ContextManager;
  readonly hooks: Hooks;
  readonly activity: Activity;
  readonly jobs: RunningJobs;
  readonly resource: Resource;
  /** Default attributes: on every event. */
  readonly attributes: SeriesAttributes;
  /** `undefined` when spans are off; may come later, with another SDK. */
  readonly tracer: SpanStarter | undefined;
  inject(context: Context, carrier: Record<string, unknown>): void;
  extract(carrier: Readonly<Record<string, unknown>>, active?: Context): Context;
}
