import { describe, expect, it } from 'vitest';
import { startProgram } from '../telemetry.test-support.ts';

const PROGRAMS = new URL('./job-end-programs.test-support.ts', import.meta.url);

interface End {
  readonly code: number | null;
  /** Sorted: what the exporter is handed first does not matter. */
  readonly lines: readonly string[];
  readonly errors: string;
}

async function endOf(program: string, signal?: NodeJS.Signals): Promise<End> {
  const running = startProgram(PROGRAMS, [program]);
  if (signal !== undefined) {
    await running.wrote('ready');
    running.kill(signal);
  }
  const { code, output, errors } = await running.ended;
  const lines = output.trim().split('\n');
  return { code, lines: lines.filter((line) => line !== 'ready').toSorted(), errors };
}

describe.skipIf(process.platform === 'win32')('a job under way when its process is sent a signal', () => {
  it('is told by its signal, and is aborted when it stops', async () => {
    const { code, lines } = await endOf('stopsWhenTold', 'SIGTERM');
    expect(code).toBe(0);
    expect(lines).toEqual([
      'active 0',
      'caught AbortError: the process was sent SIGTERM',
      'event etl aborted AbortError',
      'span etl aborted error',
    ]);
  });

  it('is completed when it uses the time to finish', async () => {
    const { code, lines } = await endOf('finishesWhenTold', 'SIGINT');
    expect([code, lines]).toEqual([0, ['active 0', 'event etl completed undefined', 'span etl completed unset']]);
  });

  it('is ended as aborted at the deadline when it gives no sign, and all of it is delivered', async () => {
    const { code, lines } = await endOf('takesNoNotice', 'SIGTERM');
    expect([code, lines]).toEqual([0, ['active 0', 'event etl aborted TimeoutError', 'span etl aborted error']]);
  });

  it('has failed when it did not ask for its signal and throws for reasons of its own', async () => {
    const { lines } = await endOf('failsOfItself', 'SIGTERM');
    expect(lines).toEqual(['active 0', 'event etl failed RangeError', 'span etl failed error']);
  });

  it('is not ended where the service decides itself when to end', async () => {
    const { code, lines } = await endOf('serviceDecides', 'SIGTERM');
    expect(code).toBe(0);
    expect(lines).toContain('told');
    expect(lines).toContain('event etl completed undefined');
  });

  it('also tells jobs that start afterwards', async () => {
    const { lines } = await endOf('startedLate', 'SIGTERM');
    expect(lines).toContain('late is told true');
  });
});

describe('the job of a script that just ends', () => {
  it('is delivered, and the exit code is the script’s', async () => {
    const { code, lines } = await endOf('exitCode');
    expect([code, lines]).toEqual([4, ['active 0', 'event etl completed undefined', 'span etl completed unset']]);
  });

  it('holds the script up no longer than the deadline when a backend is dead', async () => {
    const { code, lines } = await endOf('deadBackend');
    expect([code, lines]).toEqual([4, ['active 0', 'event etl completed undefined', 'span etl completed unset']]);
  });

  it('is aborted when it waits for something that cannot come any more', async () => {
    const aborted = ['active 0', 'event etl aborted AbortError', 'span etl aborted error'];
    const { code, lines } = await endOf('forgotten');
    expect([code, lines]).toEqual([0, aborted]);
    // Node's code for a top-level await that never ends.
    const awaited = await endOf('awaitsForgotten');
    expect([awaited.code, awaited.lines]).toEqual([13, aborted]);
  });

  it('leaves code and stack of an uncaught error to Node, which waits for no delivery', async () => {
    for (const program of ['uncaught', 'uncaughtAtOnce']) {
      const { code, lines, errors } = await endOf(program);
      expect([code, lines]).toEqual([1, ['']]);
      expect(errors).toMatch(/RangeError: row 7 is broken\n\s+at failDeepInside/);
    }
  });

  it('is lost with process.exit(), whose code stays', async () => {
    const { code, lines } = await endOf('exits');
    expect([code, lines]).toEqual([5, ['']]);
  });
});

describe('jobs.main', () => {
  const COMPLETED = ['active 0', 'event etl completed undefined'];

  it('has delivered when it gives the result, so that the process may exit', async () => {
    const { code, lines } = await endOf('main');
    expect([code, lines]).toEqual([0, [...COMPLETED, 'gives 7', 'span etl completed unset']]);
  });

  it('has delivered a failure before Node prints it and exits with its code', async () => {
    const { code, lines, errors } = await endOf('mainFails');
    expect([code, lines]).toEqual([1, ['active 0', 'event etl failed RangeError', 'span etl failed error']]);
    expect(errors).toMatch(/RangeError: row 7 is broken\n\s+at failDeepInside/);
  });

  it.skipIf(process.platform === 'win32')('does not pass off as done what a signal has ended', async () => {
    const stopped = await endOf('mainStopsWhenTold', 'SIGTERM');
    expect([stopped.code, stopped.lines]).toEqual([
      1,
      ['active 0', 'event etl aborted AbortError', 'span etl aborted error'],
    ]);
    const ignored = await endOf('mainTakesNoNotice', 'SIGTERM');
    expect([ignored.code, ignored.lines]).toEqual([
      1,
      ['active 0', 'event etl aborted TimeoutError', 'span etl aborted error'],
    ]);
    const finished = await endOf('mainFinishesWhenTold', 'SIGTERM');
    expect([finished.code, finished.lines]).toEqual([0, [...COMPLETED, 'span process nightly completed unset']]);
  });
});
