import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter, Telemetry } from '@telltale/core';

/** What a fault is made with. */
export interface FaultScene {
  /** Of the service `drill`, so that nothing of it is counted as the shop's. */
  readonly telemetry: Telemetry;
  /** Where the drill's own server listens. */
  readonly url: string;
  readonly visits: Counter;
  /** Adds an exporter that fails until it is taken off. */
  failExports(): () => Promise<void>;
  /** Has a queue with a job that nobody works on. */
  leaveJobs(): Promise<() => Promise<void>>;
  /** Has a worker that loses its jobs. */
  stallJobs(): Promise<() => Promise<void>>;
}

/** Something that goes wrong on purpose until `signal` fires. */
export interface Fault {
  /** The rule of `defaultRules()` that must tell. */
  readonly rule: string;
  readonly about: string;
  run(scene: FaultScene, signal: AbortSignal): Promise<void>;
}

/** Bytes of the process, above what HighMemory allows in the demo. */
export const LEAK = 2.2e9;
const LEAK_STEP = 32e6;
/** Milliseconds between two of what is done again and again. */
const EVERY = 100;

export const FAULTS = {
  'failing-requests': {
    rule: 'HighErrorRate',
    about: 'every request of the drill is answered with 500',
    run: ({ url }, signal) => repeat(signal, () => read(`${url}/fails`)),
  },
  'slow-requests': {
    rule: 'SlowRequests',
    about: 'every request of the drill takes 1.5 s',
    run: ({ url }, signal) => repeat(signal, () => void read(`${url}/slow`)),
  },
  'failing-calls': {
    rule: 'FailingCalls',
    about: 'every call of the warehouse fails',
    run: ({ telemetry }, signal) =>
      repeat(signal, () =>
        telemetry
          .boundary({ to: 'warehouse', operation: 'stock' }, async () => {
            throw new Error('the warehouse does not answer');
          })
          .catch(() => {}),
      ),
  },
  'slow-calls': {
    rule: 'SlowCalls',
    about: 'every call of the warehouse takes 2.5 s',
    run: ({ telemetry }, signal) =>
      repeat(signal, () => void telemetry.boundary({ to: 'warehouse', operation: 'count' }, () => sleep(2500))),
  },
  'failing-jobs': {
    rule: 'FailingJobs',
    about: 'every job of the drill fails',
    run: ({ telemetry }, signal) =>
      repeat(signal, () =>
        telemetry
          .job('stock-taking', async () => {
            throw new Error('the warehouse is on fire');
          })
          .catch(() => {}),
      ),
  },
  'old-jobs': {
    rule: 'OldJobs',
    about: 'a job waits in a queue that nobody works on',
    run: async ({ leaveJobs }, signal) => until(signal, await leaveJobs()),
  },
  'stalled-jobs': {
    rule: 'StalledJobs',
    about: 'a worker loses the lock of its job, again and again',
    run: async ({ stallJobs }, signal) => until(signal, await stallJobs()),
  },
  'busy-loop': {
    rule: 'HighCpu',
    about: 'the main thread computes without end, in pieces of 1 ms',
    run: (_scene, signal) => repeat(signal, () => compute(1), 0),
  },
  'held-loop': {
    rule: 'EventLoopDelay',
    about: 'the event loop is held for 300 ms, twice a second',
    run: (_scene, signal) => repeat(signal, () => compute(300), 200),
  },
  leak: {
    rule: 'HighMemory',
    about: `memory is taken until the process has ${LEAK / 1e9} GB`,
    run: async (_scene, signal) => {
      const leaked: Buffer<ArrayBuffer>[] = [];
      while (!signal.aborted) {
        if (process.memoryUsage.rss() < LEAK) leaked.push(Buffer.alloc(LEAK_STEP, 1));
        await sleep(EVERY, undefined, { signal }).catch(() => {});
      }
      // Given back at once, where the garbage collector may take its time.
      for (const buffer of leaked.splice(0)) buffer.buffer.transfer(0);
    },
  },
  'failing-exporter': {
    rule: 'ExporterFailing',
    about: 'a backend refuses everything',
    run: ({ failExports }, signal) => until(signal, failExports()),
  },
  'many-values': {
    rule: 'CardinalityOverflow',
    about:
      'a counter has an attribute with a new value each time; the series stay as many as may be, until the shop closes',
    run: async ({ visits }) => {
      for (let visitor = 0; visitor < 3000; visitor++) visits.add(1, { visitor });
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;

async function repeat(signal: AbortSignal, work: () => unknown, pause = EVERY): Promise<void> {
  while (!signal.aborted) {
    await work();
    if (pause === 0) await new Promise((resolve) => setImmediate(resolve));
    else await sleep(pause, undefined, { signal }).catch(() => {});
  }
}

function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

async function until(signal: AbortSignal, end: () => Promise<void>): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await end();
}

async function read(url: string): Promise<void> {
  await (await fetch(url)).arrayBuffer();
}
