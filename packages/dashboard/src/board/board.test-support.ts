import { createTelemetry, type MetricsSource, type Telemetry, type TelemetryOptions } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { onTestFinished } from 'vitest';
import { Board } from './board.ts';
import type { ReadTables } from './lines.ts';

export interface BoardUnderTest {
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
  readonly board: Board;
  /** A reading now. */
  read(): Promise<ReadTables>;
}

/** A board that is read when the test says so. */
export function boardOf(maxRows = 200, options: Partial<TelemetryOptions> = {}): BoardUnderTest {
  const clock = new ManualClock();
  const telemetry = createTelemetry({
    service: { name: 'shop', version: '1.4.0', environment: 'test' },
    clock,
    shutdown: { signals: false },
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  let source: MetricsSource | undefined;
  telemetry.addExporter({
    name: 'test',
    start: (given) => {
      source = given;
    },
  });
  const board = new Board(maxRows);
  return { telemetry, clock, board, read: () => readBoard(board, source as MetricsSource, () => clock.monotonic()) };
}

export async function readBoard(board: Board, source: MetricsSource, now: () => number): Promise<ReadTables> {
  await board.read(source, now);
  const { services, routes, queues, jobs, pools, calls, runtime } = board.tables;
  return {
    routes: routes.read(routes.settle(), 1000),
    queues: queues.read(queues.settle(), 1000),
    jobs: jobs.read(jobs.settle(), 1000),
    pools: pools.read(pools.settle(), 1000),
    calls: calls.read(calls.settle(), 1000),
    runtime: runtime.read(runtime.settle(), 1000),
    services: services.read(services.settle(), 1000),
  };
}
