import {
  createTelemetry,
  type FinishedSpan,
  type OperationEvent,
  type Point,
  type Telemetry,
  type TelemetryOptions,
} from '@telltale/core';
import { ManualClock, memoryExporter } from '@telltale/testing';
import { onTestFinished } from 'vitest';

/** A clock on which work of the test takes time, at once. */
class WorkClock extends ManualClock {
  private worked = 0;

  work(seconds: number): void {
    this.worked += seconds;
  }

  override monotonic(): number {
    return super.monotonic() + this.worked;
  }
}

/** A telemetry on a clock on which no time passes by itself. */
export interface TestTelemetry {
  readonly telemetry: Telemetry;
  readonly clock: WorkClock;
  readonly events: OperationEvent[];
  /** What `onError` was told. */
  readonly problems: string[];
  spans(): Promise<readonly FinishedSpan[]>;
}

export function testTelemetry(options: Partial<TelemetryOptions> = {}): TestTelemetry {
  const clock = new WorkClock();
  const memory = memoryExporter();
  const events: OperationEvent[] = [];
  const problems: string[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock,
    exporters: [memory],
    shutdown: { signals: false },
    onError: (error) => void problems.push(error.message),
    ...options,
  });
  telemetry.on('end', (event) => events.push(event));
  onTestFinished(() => telemetry.shutdown());
  return {
    telemetry,
    clock,
    events,
    problems,
    async spans() {
      await telemetry.flush();
      return memory.spans;
    },
  };
}

export function pointsOf(telemetry: Telemetry, name: string): readonly Point[] {
  return telemetry.snapshot().metrics.flatMap((metric) => (metric.name === name ? [...metric.points] : []));
}

/** Of each observed function: how many calls went well, how many failed by `error.type`, and their seconds. */
export function callsOf(telemetry: Telemetry): Record<string, number> {
  return Object.fromEntries(
    pointsOf(telemetry, 'boundary.call.duration').map(({ attributes, ...point }) => {
      const type = attributes['error.type'];
      const name = `${attributes['boundary.protocol']} ${attributes['boundary.to']} ${attributes['boundary.operation']}`;
      return [type === undefined ? name : `${name} ${type}`, 'count' in point ? point.count : Number.NaN];
    }),
  );
}

export function secondsOf(telemetry: Telemetry): number {
  return pointsOf(telemetry, 'boundary.call.duration').reduce(
    (sum, point) => sum + ('sum' in point ? point.sum : 0),
    0,
  );
}

export function inFlight(telemetry: Telemetry): number {
  return pointsOf(telemetry, 'boundary.active_calls').reduce(
    (sum, point) => sum + ('value' in point ? point.value : 0),
    0,
  );
}

// biome-ignore format: a section a line
/** A module with `add`, `trap`, a table, a memory and a global `seven`. */
export const MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x0a, 0x02, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f, 0x60, 0x00, 0x00, // types: (i32, i32) → i32, () → ()
  0x03, 0x03, 0x02, 0x00, 0x01,
  0x04, 0x04, 0x01, 0x70, 0x00, 0x01,
  0x05, 0x03, 0x01, 0x00, 0x01,
  0x06, 0x06, 0x01, 0x7f, 0x00, 0x41, 0x07, 0x0b,
  0x07, 0x27, 0x05, 0x03, 0x61, 0x64, 0x64, 0x00, 0x00, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x01, // exports
  0x05, 0x74, 0x61, 0x62, 0x6c, 0x65, 0x01, 0x00, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x00,
  0x05, 0x73, 0x65, 0x76, 0x65, 0x6e, 0x03, 0x00,
  0x0a, 0x0d, 0x02, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6a, 0x0b, 0x03, 0x00, 0x00, 0x0b, // code
]);
