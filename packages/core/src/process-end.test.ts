import { describe, expect, it } from 'vitest';
import { createTelemetry, type Telemetry } from './index.ts';
import { startProgram } from './telemetry.test-support.ts';

const PROGRAMS = new URL('./process-end-programs.test-support.ts', import.meta.url);
const start = (program: string) => startProgram(PROGRAMS, [program]);
const linesOf = (output: string): string[] => output.trim().split('\n');

describe.skipIf(process.platform === 'win32')('at SIGTERM', () => {
  it('delivers what was recorded and ends the process with code 0 when nobody else listens', async () => {
    const program = start('alone');
    await program.wrote('ready');
    program.kill('SIGTERM');
    const { code, signal, output } = await program.ended;
    expect([code, signal]).toEqual([0, null]);
    expect(linesOf(output)).toEqual(['ready', 'a orders 3', 'a closed']);
  });

  it('does the same at SIGINT, and keeps an exit code that was set', async () => {
    const program = start('exitCode');
    await program.wrote('ready');
    program.kill('SIGINT');
    const { code, output } = await program.ended;
    expect(code).toBe(3);
    expect(linesOf(output)).toContain('a orders 3');
  });

  it('lets operations end that are under way', async () => {
    const program = start('inFlight');
    await program.wrote('ready');
    program.kill('SIGTERM');
    const { code, output } = await program.ended;
    expect(code).toBe(0);
    expect(linesOf(output)).toContain('a etl completed');
  });

  it('does not wait for calls that are only watched', async () => {
    const program = start('watched');
    await program.wrote('ready');
    program.kill('SIGTERM');
    const { code, output } = await program.ended;
    expect(code).toBe(0);
    expect(linesOf(output)).toContain('a orders 3');
  });

  it('ends at once at a second signal, for someone who will not wait', async () => {
    const program = start('stuck');
    await program.wrote('ready');
    program.kill('SIGINT');
    await program.wrote('told');
    program.kill('SIGINT');
    const { signal } = await program.ended;
    expect(signal).toBe('SIGINT');
  });

  it('delivers, and leaves the decision to a listener of the service', async () => {
    const program = start('userListener');
    await program.wrote('ready');
    program.kill('SIGTERM');
    const { code, output } = await program.ended;
    expect(code).toBe(7);
    expect(linesOf(output)).toEqual(['ready', 'user', 'a orders 3']);
  });

  it('does nothing when that is switched off', async () => {
    const program = start('signalsOff');
    await program.wrote('ready');
    program.kill('SIGTERM');
    const { code, signal, output } = await program.ended;
    expect([code, signal, linesOf(output)]).toEqual([null, 'SIGTERM', ['ready']]);
  });

  it('delivers for all telemetries of the process', async () => {
    const program = start('two');
    await program.wrote('ready');
    program.kill('SIGTERM');
    const { code, output } = await program.ended;
    expect(code).toBe(0);
    expect(linesOf(output).toSorted()).toEqual(['a closed', 'a orders 3', 'b closed', 'b orders 3', 'ready']);
  });
});

describe('a process that has nothing left to do', () => {
  it('delivers what a short script recorded', async () => {
    const { code, output } = await start('script').ended;
    expect([code, linesOf(output)]).toEqual([0, ['done', 'a orders 3', 'a closed']]);
  });

  it('does not end while someone waits for shutdown, also when an exporter never answers', async () => {
    const { code, output, errors } = await start('awaited').ended;
    expect([code, linesOf(output).at(-1)]).toEqual([0, 'shut down']);
    expect(errors).not.toMatch('unsettled');
  });
});

describe('the listeners of a process', () => {
  const EVENTS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'beforeExit'];
  const counts = (): number[] => EVENTS.map((event) => process.listenerCount(event));

  it('do not grow with the number of telemetries, and are gone once all of them have ended', async () => {
    const before = counts();
    const telemetries: Telemetry[] = [];
    for (let at = 0; at < 30; at++) {
      const signals = at === 29 ? (['SIGHUP'] as const) : (['SIGTERM', 'SIGINT'] as const);
      telemetries.push(createTelemetry({ service: { name: `s${at}` }, shutdown: { signals } }));
    }
    expect(counts()).toEqual(before.map((count) => count + 1));
    await Promise.all(telemetries.slice(0, 29).map((telemetry) => telemetry.shutdown()));
    expect(counts()).toEqual([before[0], before[1], (before[2] ?? 0) + 1, (before[3] ?? 0) + 1]);
    await telemetries[29]?.shutdown();
    expect(counts()).toEqual(before);
  });
});
