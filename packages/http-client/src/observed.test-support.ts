import {
  createTelemetry,
  type FinishedSpan,
  type HistogramPoint,
  type Telemetry,
  type TelemetryOptions,
} from '@telltale/core';
import { ManualClock, memoryExporter } from '@telltale/testing';
import { expect, onTestFinished, vi } from 'vitest';
import { type HttpCallsOptions, observeHttpCalls } from './index.ts';

const DURATION = 'boundary.call.duration';
const ACTIVE = 'boundary.active_calls';

type Series = Readonly<Record<string, unknown>>;

/** A telemetry whose service's calls are observed, on a clock on which no time passes by itself. */
export interface Observed {
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
  /** What `onError` was told. */
  readonly problems: string[];
  /** Ends the observation. */
  readonly stop: () => void;
  /** Resolves once so many calls are recorded, and none is under way. */
  settled(count: number): Promise<void>;
  /** Attributes of the calls that are recorded, without `boundary.from` and `boundary.protocol`, and how many there are, if more than one. */
  calls(): readonly Series[];
  /** How many calls are recorded. */
  count(): number;
  active(): number;
  /** Seconds. */
  duration(): number;
  /** Bytes in a direction. */
  bytes(direction: 'sent' | 'received'): number;
  /** Client spans, in the order in which they ended. */
  spans(): Promise<readonly FinishedSpan[]>;
}

export function observed(options: HttpCallsOptions = {}, telemetryOptions: Partial<TelemetryOptions> = {}): Observed {
  const clock = new ManualClock();
  const memory = memoryExporter();
  const problems: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock,
    exporters: [memory],
    shutdown: { signals: false },
    onError: (error) => void problems.push(error.message),
    ...telemetryOptions,
  });
  const stop = observeHttpCalls(telemetry, options);
  onTestFinished(async () => {
    stop();
    await telemetry.shutdown();
  });
  const points = (name: string) =>
    telemetry.snapshot().metrics.flatMap((metric) => (metric.name === name ? [...metric.points] : []));
  const durations = () => points(DURATION) as unknown as readonly HistogramPoint[];
  const sumOf = (name: string, attributes: Series = {}): number =>
    points(name)
      .filter((point) => Object.entries(attributes).every(([key, value]) => point.attributes[key] === value))
      .reduce((sum, point) => sum + ('value' in point ? point.value : 0), 0);
  const count = (): number => durations().reduce((sum, point) => sum + point.count, 0);
  return {
    telemetry,
    clock,
    problems,
    stop,
    async settled(wanted) {
      await vi.waitFor(() => expect([count(), sumOf(ACTIVE)]).toEqual([wanted, 0]), { timeout: 10_000, interval: 5 });
    },
    calls: () =>
      durations().map(({ attributes, count: times }) => {
        const { 'boundary.from': _from, 'boundary.protocol': protocol, ...rest } = attributes;
        expect(protocol).toBe('http');
        return times === 1 ? rest : { ...rest, times };
      }),
    count,
    active: () => sumOf(ACTIVE),
    duration: () => durations().reduce((sum, point) => sum + (point.sum ?? 0), 0),
    bytes: (direction) => sumOf('boundary.io', { 'io.direction': direction }),
    async spans() {
      await telemetry.flush();
      return memory.spans.filter(({ kind }) => kind === 2);
    },
  };
}

/** A series of calls as `calls()` gives them. */
export function series(to: string, operation: string, status?: number, errorType?: string): Series {
  return {
    'boundary.to': to,
    'boundary.operation': operation,
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(errorType !== undefined && { 'error.type': errorType }),
  };
}
