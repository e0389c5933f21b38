// What can only be measured in a process of its own: run with --expose-gc and the name of a measurement, it writes JSON.
import { createTelemetry, type Telemetry } from '../index.ts';

const collectGarbage = (globalThis as unknown as { gc(): void }).gc;

function heapUsed(): number {
  for (let round = 0; round < 4; round++) collectGarbage();
  return process.memoryUsage().heapUsed;
}

function newTelemetry(): Telemetry {
  return createTelemetry({ service: { name: 'shop' }, shutdown: { signals: false }, onError: () => {} });
}

function sumOf(telemetry: Telemetry, name: string): { readonly series: number; readonly sum: number } {
  const metric = telemetry.snapshot().metrics.find((one) => one.name === name);
  if (metric?.type !== 'counter') throw new Error(`${name} is missing`);
  return { series: metric.points.length, sum: metric.points.reduce((sum, { value }) => sum + value, 0) };
}

/** 10 million distinct values of one attribute; the heap is compared from when the budget was reached. */
function distinctValues(): Record<string, number> {
  const telemetry = newTelemetry();
  const counter = telemetry.counter('orders');
  const total = 10_000_000;
  const first = 10_000;
  for (let at = 0; at < first; at++) counter.add(1, { user: `user-${at}` });
  const before = heapUsed();
  for (let at = first; at < total; at++) counter.add(1, { user: `user-${at}` });
  return { growth: heapUsed() - before, ...sumOf(telemetry, 'orders') };
}

/** Attributes of ever new keys, which no folding helps against. */
function distinctKeys(): Record<string, number> {
  const telemetry = newTelemetry();
  const counter = telemetry.counter('orders');
  for (let at = 0; at < 10_000; at++) counter.add(1, { [`key-${at}`]: 1 });
  const before = heapUsed();
  for (let at = 10_000; at < 100_000; at++) counter.add(1, { [`key-${at}`]: 1 });
  return { growth: heapUsed() - before, ...sumOf(telemetry, 'orders') };
}

/** Bytes that a counter series takes. */
function bytesPerSeries(): Record<string, number> {
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    shutdown: { signals: false },
    cardinality: { perInstrument: 20_000 },
  });
  const counter = telemetry.counter('orders');
  const routes = Array.from({ length: 100 }, (_, at) => `/route/${at}`);
  const statuses = Array.from({ length: 10 }, (_, at) => 200 + at);
  const methods = Array.from({ length: 10 }, (_, at) => `METHOD${at}`);
  counter.add(1, { route: '', status: 0, method: '' });
  const before = heapUsed();
  for (const route of routes) {
    for (const status of statuses) for (const method of methods) counter.add(0.5, { route, status, method });
  }
  return { bytes: (heapUsed() - before) / 10_000, ...sumOf(telemetry, 'orders') };
}

/** Bytes that a record leaves behind for the garbage collector. */
function bytesPerRecord(): Record<string, number> {
  const telemetry = newTelemetry();
  // Numbers that are objects already: V8 makes one whenever a double is read from an array of doubles.
  const values: number[] = [];
  for (let at = 0; at < 64; at++) values.push(at % 2 === 0 ? at : at + 0.5);
  (values as unknown[]).push('keeps the array from holding bare doubles');
  const attributes = values.slice(0, 64).map((_, at) => ({ route: `/route/${at % 8}`, status: 200 + (at % 4) }));
  const counter = telemetry.counter('counter');
  const bound = counter.bind({ a: 1 });
  const upDown = telemetry.upDownCounter('up-down').bind({ a: 1 });
  const gauge = telemetry.gauge('gauge').bind({ a: 1 });
  const histogram = telemetry.histogram('histogram', { buckets: [1, 5, 10, 50] });
  const boundHistogram = histogram.bind({ a: 1 });
  const exponential = telemetry.histogram('exponential').bind({ a: 1 });
  const summary = telemetry.summary('summary').bind({ a: 1 });
  const records: Record<string, (value: number, at: number) => void> = {
    'bound counter': (value) => bound.add(value),
    'bound up-down counter': (value) => upDown.add(value),
    'bound gauge': (value) => gauge.record(value),
    'bound histogram': (value) => boundHistogram.record(value),
    'bound exponential histogram': (value) => exponential.record(value),
    'bound summary': (value) => summary.record(value),
    'counter with attributes': (value, at) => counter.add(value, attributes[at]),
    'histogram with attributes': (value, at) => histogram.record(value, attributes[at]),
  };
  return Object.fromEntries(Object.entries(records).map(([name, record]) => [name, bytesOf(record, values)]));
}

function bytesOf(record: (value: number, at: number) => void, values: readonly number[]): number {
  const run = (times: number): void => {
    for (let at = 0; at < times; at++) record(values[at & 63] as number, at & 63);
  };
  for (let warm = 0; warm < 5; warm++) run(100_000);
  const rounds: number[] = [];
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run(1_000_000);
    rounds.push((process.memoryUsage().heapUsed - before) / 1_000_000);
  }
  return Math.max(0, Math.min(...rounds));
}

const MEASUREMENTS: Readonly<Record<string, () => Record<string, number>>> = {
  distinctValues,
  distinctKeys,
  bytesPerSeries,
  bytesPerRecord,
};

process.stdout.write(JSON.stringify(MEASUREMENTS[process.argv[2] as string]?.()));
