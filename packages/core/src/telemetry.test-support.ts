import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type {
  Exporter,
  FinishedSpan,
  Metric,
  OperationEvent,
  Point,
  Telemetry,
  TelemetryError,
  TelemetryOptions,
} from './index.ts';
import { createTelemetry } from './index.ts';
import { ManualClock } from './manual-clock.test-support.ts';

export interface TestTelemetry {
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
  /** What `onError` was told. */
  readonly problems: TelemetryError[];
  /** What `on('end')` was told. */
  readonly events: OperationEvent[];
}

/** A telemetry of the service `shop` on a manual clock, without exporters and without signals, ended with the test. */
export function testTelemetry(options: Partial<TelemetryOptions> = {}): TestTelemetry {
  const clock = new ManualClock();
  const problems: TelemetryError[] = [];
  const events: OperationEvent[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    clock,
    shutdown: { signals: false },
    onError: (error) => {
      problems.push(error);
    },
    ...options,
  });
  telemetry.on('end', (event) => events.push(event));
  onTestFinished(() => telemetry.shutdown());
  return { telemetry, clock, problems, events };
}

export function metricOf(telemetry: Telemetry, name: string): Metric | undefined {
  return telemetry.snapshot().metrics.find((metric) => metric.name === name);
}

export function pointsOf(telemetry: Telemetry, name: string): readonly Point[] {
  return metricOf(telemetry, name)?.points ?? [];
}

/** `{plan=pro}` → 3: the value, or how many values there were, of each series. */
export function seriesOf(telemetry: Telemetry, name: string): Record<string, number> {
  return Object.fromEntries(
    pointsOf(telemetry, name).map((point) => [
      textOf(point.attributes),
      Math.round(('value' in point ? point.value : point.count) * 1e9) / 1e9,
    ]),
  );
}

/** The same of all metrics of the service: `name{plan=pro}` → 3. */
export function allSeriesOf(telemetry: Telemetry): Record<string, number> {
  const names = new Set(telemetry.snapshot().metrics.map(({ name }) => name));
  return Object.fromEntries(
    [...names]
      .filter((name) => !name.startsWith('telltale.'))
      .flatMap((name) => Object.entries(seriesOf(telemetry, name)).map(([key, value]) => [name + key, value])),
  );
}

/** Sum over all series. */
export function totalOf(telemetry: Telemetry, name: string): number {
  return Object.values(seriesOf(telemetry, name)).reduce((sum, value) => sum + value, 0);
}

function textOf(attributes: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(attributes).map(([key, value]) => `${key}=${String(value)}`);
  return `{${entries.join(',')}}`;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunningProgram {
  /** Resolves once the program has written this. */
  wrote(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Runs a program in a process of its own. */
export function startProgram(file: URL, args: readonly string[], flags: readonly string[] = []): RunningProgram {
  const child = spawn(process.execPath, [...flags, fileURLToPath(file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, output, errors }));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    async wrote(text) {
      while (!output.includes(text)) {
        const more = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
        if (!more && !output.includes(text)) throw new Error(`the program ended without "${text}": ${errors}`);
      }
    },
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
}

/**
 * With room for all garbage of a measurement, so that none of it is collected unseen; and code is optimized at once, not by a thread of its own, which on a
 * busy machine may come too late.
 */
const FLAGS = [
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
  '--no-concurrent-recompilation',
];

/** Runs a program that writes JSON, and gives it. */
export async function measure(file: URL, args: readonly string[]): Promise<Record<string, number>> {
  const { code, output, errors } = await startProgram(file, args, FLAGS).ended;
  if (code !== 0) throw new Error(`${file.pathname} ${args.join(' ')} failed: ${errors}`);
  return JSON.parse(output) as Record<string, number>;
}

/** The same with an exporter of spans. */
export function tracedTelemetry(options: Partial<TelemetryOptions> = {}) {
  const spans: FinishedSpan[] = [];
  const exporter: Exporter = {
    name: 'memory',
    exportSpans: async (given) => {
      spans.push(...given);
    },
  };
  const all = testTelemetry({ exporters: [exporter], ...options });
  /** All spans that have ended so far. */
  const finished = async (): Promise<readonly FinishedSpan[]> => {
    await all.telemetry.flush();
    return spans;
  };
  return { ...all, finished };
}
