/** A process that is one program. `node child.ts FILE NAME`; then does what the harness asks for, a message at a time. */
import { getHeapStatistics } from 'node:v8';
import type { Experiment, Figures, Loop } from './experiment.ts';

export type Request = 'warm up' | 'round' | 'bytes';
export type Answer = { readonly figures: Figures } | { readonly error: string };

const [file = '', name = ''] = process.argv.slice(2);
const { experiment } = (await import(file)) as { experiment: Experiment };
const { roundTime = 10, warmUp = 400 } = experiment;
const program = await experiment.programs[name]?.();
if (program === undefined) throw new Error(`There is no program "${name}" in ${file}`);
/** Turns of a loop per round; known after the warm-up. */
let times = 1;

const ACTIONS = { 'warm up': prepare, round, bytes } satisfies Record<Request, () => Promise<Figures>>;

process.on('disconnect', () => process.exit());
process.on('message', async (request: Request) => {
  let answer: Answer;
  try {
    answer = { figures: await ACTIONS[request]() };
  } catch (error) {
    answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(answer);
});
process.send?.({ figures: {} } satisfies Answer);

async function prepare(): Promise<Figures> {
  if (program === undefined || 'measure' in program) return {};
  let spent = 0;
  let fastest = Number.POSITIVE_INFINITY;
  for (let turns = 1; spent < warmUp; turns = Math.max(1, Math.min(turns * 2, Math.ceil(roundTime / fastest)))) {
    const each = await timed(program, turns);
    spent += each * turns;
    fastest = Math.min(fastest, each);
    times = turns;
  }
  return { times };
}

async function round(): Promise<Figures> {
  if (program === undefined) return {};
  if ('measure' in program) return program.measure();
  return { time: (await timed(program, times)) * 1e6 };
}

/** After the last round, because collecting garbage on demand is not how a service runs. */
async function bytes(): Promise<Figures> {
  return program === undefined || 'measure' in program || program.bytes !== true
    ? {}
    : { bytes: await allocated(program) };
}

/** Milliseconds of CPU per turn: user and system, all threads, so that collecting garbage counts. */
async function timed(loop: Loop, turns: number): Promise<number> {
  let spent = 0;
  for (let left = turns; left > 0; ) {
    const now = Math.min(left, loop.atMost ?? left);
    const before = process.cpuUsage();
    const done = loop.run(now);
    // Loops that are synchronous do not pay for a turn of the microtask queue.
    if (done !== undefined) await done;
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
    await loop.settle?.();
    left -= now;
  }
  return spent / 1000 / turns;
}

/** The young generation has 16 MB (see harness.ts): as long as less is allocated, none of it is collected, and the difference is exact. */
const MEASURED_BYTES = 4 << 20;
let turnsForBytes = 64;

/** Bytes that a turn allocates. */
async function allocated(loop: Loop): Promise<number> {
  for (;;) {
    // Not a full collection: that can throw away compiled code.
    globalThis.gc?.({ type: 'minor', execution: 'sync' });
    const before = getHeapStatistics().used_heap_size;
    void loop.run(turnsForBytes);
    const bytes = getHeapStatistics().used_heap_size - before;
    await loop.settle?.();
    const enough = bytes > MEASURED_BYTES / 4 || turnsForBytes >= (loop.atMost ?? 1 << 17);
    if (enough) return Math.max(0, bytes - READING) / turnsForBytes;
    turnsForBytes = Math.min(turnsForBytes * 2, loop.atMost ?? 1 << 17);
  }
}

/** What reading the heap's size allocates itself. */
const READING = readingCosts();

function readingCosts(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 100; i++) {
    const before = getHeapStatistics().used_heap_size;
    const bytes = getHeapStatistics().used_heap_size - before;
    if (bytes >= 0) least = Math.min(least, bytes);
  }
  return least;
}
