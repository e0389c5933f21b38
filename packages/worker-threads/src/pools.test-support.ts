import {
  type Attributes,
  createTelemetry,
  type FinishedSpan,
  type Telemetry,
  type TelemetryOptions,
} from '@telltale/core';
import { ManualClock, memoryExporter } from '@telltale/testing';
import { Piscina } from 'piscina';
import { Piscina as Piscina4 } from 'piscina4';
import { Tinypool } from 'tinypool';
import { expect, onTestFinished, vi } from 'vitest';
import { type ObservePoolOptions, observePool } from './index.ts';
import { TASKS } from './task-files.test-support.ts';

/** What the tests use of pools, whose types differ in their details. */
export interface Pool {
  readonly threads: readonly { readonly threadId: number; once(event: string, listener: () => void): unknown }[];
  readonly queueSize: number;
  readonly options: object;
  run(task?: unknown, options?: Readonly<Record<string, unknown>> | null): Promise<unknown>;
  destroy(): Promise<void>;
  close?(): Promise<void>;
}

export interface PoolLibrary {
  readonly name: string;
  readonly make: (options: Readonly<Record<string, unknown>>) => Pool;
  readonly move: (task: object) => unknown;
}

const piscina = {
  name: 'piscina 5',
  make: (options) => new Piscina(options) as Pool,
  move: Piscina.move as never,
} as const satisfies PoolLibrary;
const piscina4 = {
  name: 'piscina 4',
  make: (options) => new Piscina4(options) as Pool,
  move: Piscina4.move as never,
} as const satisfies PoolLibrary;
const tinypool = {
  name: 'tinypool',
  make: (options) => new Tinypool(options) as Pool,
  move: Tinypool.move as never,
} as const satisfies PoolLibrary;

export const LIBRARIES: readonly PoolLibrary[] = [piscina, piscina4, tinypool];

export interface Observed {
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
  readonly problems: string[];
  /** The value of each series of a metric by its attributes but the pool's name: `error.type=RangeError,task.name=fail`. */
  series(metric: string): Record<string, number>;
  /** The sums of a histogram's series, in the same way. */
  sums(metric: string): Record<string, number>;
  /** Size, busy and pending. */
  numbers(): readonly (number | undefined)[];
  spans(): Promise<readonly FinishedSpan[]>;
}

/** A telemetry on a clock on which no time passes by itself. */
export function observed(options: Partial<TelemetryOptions> = {}): Observed {
  const clock = new ManualClock();
  const memory = memoryExporter({ interval: 3600 });
  const problems: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock,
    exporters: [memory],
    shutdown: { signals: false },
    onError: (error) => void problems.push(error.message),
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  const read = (name: string, value: 'value' | 'sum') => {
    const points = telemetry.snapshot().metrics.flatMap((metric) => (metric.name === name ? [...metric.points] : []));
    return Object.fromEntries(
      points.map((point) => {
        const { value: number, sum, count } = point as { value?: number; sum?: number; count?: number };
        return [textOf(point.attributes), value === 'sum' ? (sum ?? 0) : (number ?? count ?? 0)];
      }),
    );
  };
  const series = (name: string) => read(name, 'value');
  return {
    telemetry,
    clock,
    problems,
    series,
    sums: (name) => read(name, 'sum'),
    numbers: () => ['size', 'busy', 'pending'].map((name) => series(`worker_pool.${name}`)['']),
    async spans() {
      await telemetry.flush();
      return memory.spans;
    },
  };
}

function textOf({ 'worker_pool.name': _, ...attributes }: Attributes): string {
  return Object.keys(attributes)
    .sort()
    .map((key) => `${key}=${attributes[key]}`)
    .join();
}

/** A pool of the tests' tasks with so many threads, observed and ended with the test. */
export function observedPool(
  { telemetry }: Observed,
  { make }: PoolLibrary,
  threads: number,
  options: Partial<ObservePoolOptions> = {},
  poolOptions: Readonly<Record<string, unknown>> = {},
): Pool {
  const made = make({ filename: TASKS, name: 'hold', minThreads: threads, maxThreads: threads, ...poolOptions });
  onTestFinished(() => made.destroy());
  return observePool(made as never, telemetry, { name: 'p', ...options });
}

/** What a run fails with. Asked at once, so that it is never one that nobody handles. */
export function failureOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    (result) => expect.fail(`it gave ${String(result)}`),
    (error: unknown) => error,
  );
}

/** Resolves once that is so. */
export async function until(isSo: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 20_000, interval: 2 });
}
