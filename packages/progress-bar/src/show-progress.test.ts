import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createTelemetry, type TelemetryError, type TelemetryOptions } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeTerminal } from './fake-terminal.test-support.ts';
import { type ProgressOptions, showProgress } from './index.ts';

function shown(options: ProgressOptions = {}, terminal = new FakeTerminal(), more: Partial<TelemetryOptions> = {}) {
  const clock = new ManualClock();
  const problems: TelemetryError[] = [];
  const onError = (error: TelemetryError) => problems.push(error);
  const telemetry = createTelemetry({
    service: { name: 'batch' },
    clock,
    shutdown: { signals: false },
    onError,
    ...more,
  });
  const end = showProgress(telemetry, { stream: terminal, ...options });
  onTestFinished(async () => {
    end();
    await telemetry.shutdown();
  });
  /** Lets one picture be drawn. */
  const frame = () => clock.advance(0.1);
  return { telemetry, clock, terminal, problems, end, frame };
}

const plain = () => new FakeTerminal({ isTTY: false });

describe('progress in a terminal', () => {
  it('is a bar with what is known of the job', async () => {
    const { telemetry, clock, terminal, frame } = shown();
    const job = telemetry.job('nightly-etl', { resources: false });
    await frame();
    expect(terminal.screen).toEqual(['nightly-etl          ···················· 0s']);
    await clock.advance(60);
    job.progress(400, 1600);
    await frame();
    expect(terminal.screen).toEqual(['nightly-etl          █████░░░░░░░░░░░░░░░  25 %  400/1,600  1m00s  eta 3m00s']);
  });

  it('is how much is done where the total is unknown', async () => {
    const { telemetry, clock, terminal, frame } = shown();
    const job = telemetry.job('crawl', { resources: false });
    await clock.advance(3);
    job.progress(12_345);
    await frame();
    expect(terminal.screen).toEqual(['crawl                ···················· 12,345 done  3s']);
  });

  it('is one bar each for jobs that run at once, and a line for each that has ended', async () => {
    const { telemetry, clock, terminal, frame } = shown();
    const [first, second, third] = ['first', 'second', 'third'].map((name) =>
      telemetry.job(name, { resources: false }),
    );
    first?.progress(1, 2);
    second?.progress(1, 4);
    await frame();
    await clock.advance(1);
    second?.end('failed', new RangeError('no'));
    expect(terminal.screen).toEqual([
      '✖ second  1/4  1s  failed  RangeError',
      'first                ██████████░░░░░░░░░░  50 %  1/2  1s  eta 1s',
      'third                ···················· 1s',
    ]);
    first?.progress(2, 2);
    first?.end('completed');
    await clock.advance(1);
    third?.end('aborted');
    expect(terminal.screen).toEqual([
      '✖ second  1/4  1s  failed  RangeError',
      '✔ first  2/2  1s',
      '◼ third  2s  aborted',
    ]);
    expect(terminal.cursor).toEqual([3, 0]);
  });

  it('tells jobs of one name apart, without spans', async () => {
    const { telemetry, terminal, frame } = shown();
    const jobs = [1, 2, 3].map(() => telemetry.job('import', { resources: false }));
    for (const [at, job] of jobs.entries()) job.progress(at, 4);
    await frame();
    jobs[1]?.end('completed');
    expect(terminal.screen.map((line) => line.match(/\d\/\d/)?.[0])).toEqual(['1/4', '0/4', '2/4']);
  });

  it('is of jobs from queues once they tell of their progress', async () => {
    const { telemetry, terminal, frame } = shown();
    const [silent, told] = ['silent', 'told'].map((name) => telemetry.job(name, { queue: 'emails' }));
    await frame();
    expect(terminal.screen).toEqual([]);
    told?.progress(1, 2);
    await frame();
    expect(terminal.screen).toEqual(['emails/told          ██████████░░░░░░░░░░  50 %  1/2  0s']);
    silent?.end('completed');
    told?.end('completed');
    expect(terminal.screen).toEqual(['✔ emails/told  1/2  0s']);
  });

  it('is no higher than wanted, nor than the terminal; the others are counted, and take the room that comes free', async () => {
    const { telemetry, terminal, frame } = shown({ max: 50 }, new FakeTerminal({ rows: 5 }));
    const jobs = Array.from({ length: 10 }, (_, at) => telemetry.job(`job-${at}`, { resources: false }));
    await frame();
    expect(terminal.screen.map((line) => line.slice(0, 12).trim())).toEqual([
      'job-0',
      'job-1',
      'job-2',
      '… and 7 more',
    ]);
    jobs[0]?.end('completed');
    jobs[5]?.progress(1, 2);
    jobs[9]?.end('completed');
    await frame();
    expect(terminal.screen.map((line) => line.slice(0, 12).trim())).toEqual([
      '✔ job-0  0s',
      'job-1',
      'job-2',
      'job-5',
      '… and 5 more',
    ]);
    for (const job of jobs) job.end('completed');
    await frame();
    expect(terminal.screen.filter((line) => line.startsWith('…'))).toEqual([]);
  });

  it('leaves at most as many lines a second as there may be bars', async () => {
    const { telemetry, clock, terminal } = shown({ max: 3 });
    for (let at = 0; at < 1000; at++) telemetry.job(`job-${at}`, { resources: false }).end('completed');
    expect(terminal.screen).toHaveLength(3);
    await clock.advance(1);
    for (let at = 0; at < 1000; at++) telemetry.job(`job-${at}`, { resources: false }).end('completed');
    expect(terminal.screen).toHaveLength(6);
  });

  it('does not let names do anything to the terminal', async () => {
    const { telemetry, terminal, frame } = shown();
    const job = telemetry.job('a\u001b[2J\nb\u0007 is a name that is by far too long', { resources: false });
    await frame();
    expect(terminal.screen).toEqual(['a [2J b is a name t… ···················· 0s']);
    job.end('completed');
    expect(terminal.screen).toEqual(['✔ a [2J b is a name that is by far too long  0s']);
  });

  it('draws over no line that it has not written', async () => {
    const { telemetry, clock, terminal, frame } = shown();
    terminal.write('$ node etl.js\n');
    const job = telemetry.job('etl', { resources: false });
    for (let at = 0; at < 30; at++) {
      job.progress(at, 30);
      await frame();
    }
    await clock.advance(5.5);
    job.end('completed');
    expect(terminal.screen).toEqual(['$ node etl.js', '✔ etl  29/30  8s']);
  });

  it('shows what a filter lets through, and nothing of other kinds of operations', async () => {
    const { telemetry, terminal, frame } = shown({ filter: ({ name }) => name !== 'hidden' });
    telemetry.job('hidden', { resources: false }).progress(1, 2);
    telemetry.job('seen', { resources: false }).progress(1, 2);
    telemetry.boundary({ to: 'db', operation: 'query' });
    await frame();
    expect(terminal.screen).toEqual(['seen                 ██████████░░░░░░░░░░  50 %  1/2  0s']);
  });

  it('is of all services of the telemetry', async () => {
    const { telemetry, terminal, frame } = shown();
    telemetry.forService('auth').job('expire-tokens', { resources: false });
    await frame();
    expect(terminal.screen).toHaveLength(1);
  });
});

describe('the end of the show', () => {
  it('leaves the jobs under way as lines, and nothing is written after it', async () => {
    const { telemetry, clock, terminal, end, frame } = shown();
    const job = telemetry.job('etl', { resources: false });
    job.progress(1, 2);
    await frame();
    const listeners = process.listenerCount('exit');
    end();
    end();
    expect(process.listenerCount('exit')).toBe(listeners - 1);
    expect(terminal.screen).toEqual(['  etl  50 %  1/2  0s']);
    expect(terminal.cursor).toEqual([1, 0]);
    expect(terminal.listenerCount('error')).toBe(0);
    job.end('completed');
    telemetry.job('later', { resources: false });
    await clock.advance(5);
    expect(terminal.screen).toHaveLength(1);
  });

  it('comes with a stream that is gone, which is told once and harms no job', async () => {
    const { telemetry, problems, terminal, frame } = shown();
    terminal.write = () => {
      throw new Error('EPIPE');
    };
    telemetry.job('etl', { resources: false });
    await frame();
    expect(telemetry.job('other', () => 5)).toBe(5);
    expect(problems.map(({ message }) => message)).toEqual(['Progress is no longer shown: EPIPE']);
    const later = shown();
    later.terminal.destroy(new Error('EIO'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(later.problems.map(({ message }) => message)).toEqual(['Progress is no longer shown: EIO']);
  });
});

describe('without a terminal', () => {
  it('is a line for each job every ten seconds, and one at its end', async () => {
    const { telemetry, clock, terminal } = shown({}, plain());
    const job = telemetry.job('etl', { resources: false });
    for (let second = 1; second <= 40; second++) {
      await clock.advance(1);
      job.progress(second, 100);
    }
    job.end('completed');
    const lines = terminal.screen;
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^ {2}etl {2}(?:\d+ % {2}\d+\/100 {2})?\d+s(?: {2}eta .*)?$/);
    expect(lines.at(-1)).toMatch(/^✔ etl {2}40\/100 {2}\d+s$/);
  });

  it('has the time that the job has taken, whenever the first line comes', async () => {
    const { telemetry, clock, terminal } = shown({}, plain());
    await clock.advance(95);
    const began = clock.monotonic();
    const job = telemetry.job('etl', { resources: false });
    // The line of this time comes within ten seconds, after so many of the job.
    while (terminal.screen.length === 0) await clock.advance(1);
    const [line] = terminal.screen;
    expect(Number(line?.match(/(\d+)s$/)?.[1])).toBeLessThanOrEqual(clock.monotonic() - began);
    job.end('completed');
  });

  it('is as often as wanted, or not at all', async () => {
    const often = shown({ lines: 1 }, plain());
    often.telemetry.job('etl', { resources: false });
    await often.clock.advance(20);
    expect(often.terminal.screen).toHaveLength(20);
    const never = shown({ lines: false }, plain());
    never.telemetry.job('etl', { resources: false }).end('completed');
    await never.clock.advance(20);
    expect(never.terminal.screen).toEqual([]);
  });
});

describe('options that are wrong', () => {
  it.each<[string, unknown, string]>([
    ['an unknown one', { streem: 1 }, 'Unknown option "showProgress.streem"; did you mean "stream"?'],
    ['no stream', { stream: 'stderr' }, '"showProgress.stream" cannot be written to'],
    ['no number of bars', { max: 0 }, '"showProgress.max" is 0; give a whole number of bars above 0.'],
    ['no filter', { filter: 'all' }, '"showProgress.filter" is of type string; give a function.'],
    ['no seconds', { lines: 0 }, '"showProgress.lines" is 0; give seconds above 0, or false.'],
  ])('are refused: %s', (_title, options, message) => {
    const telemetry = createTelemetry({ service: { name: 'batch' }, shutdown: { signals: false } });
    onTestFinished(() => telemetry.shutdown());
    expect(() => showProgress(telemetry, options as ProgressOptions)).toThrow(message);
  });
});

const PROGRAM = fileURLToPath(new URL('./progress-programs.test-support.ts', import.meta.url));
const SCRIPT = '/usr/bin/script';

/** Runs a program; what it writes to the terminal or to stderr. */
async function run(program: string, inTerminal: boolean) {
  const command = inTerminal ? SCRIPT : process.execPath;
  const args = inTerminal ? ['-qec', `'${process.execPath}' '${PROGRAM}' ${program}`, '/dev/null'] : [PROGRAM, program];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('a process that shows progress', () => {
  it('ends when it has nothing else to do', async () => {
    const { code, output } = await run('idle', false);
    expect([code, output]).toEqual([0, '◼ endless  1/4  0s  aborted  AbortError\n']);
  });

  it('leaves what was there when it exits', async () => {
    const { code, output } = await run('exits', false);
    expect(code).toBe(3);
    expect(output).toBe('');
  });

  it.runIf(existsSync(SCRIPT))('draws bars in a real terminal, and gives it back as it was', async () => {
    const { code, output } = await run('script', true);
    expect(code).toBe(0);
    const terminal = new FakeTerminal();
    terminal.write(output.replaceAll('\r\n', '\n'));
    expect(terminal.screen).toEqual([expect.stringMatching(/^✔ etl {2}10\/10 {2}\ds$/)]);
    expect(output).toMatch(/etl +█+░+ +\d+ % {2}\d\/10/);
    const idle = await run('idle', true);
    expect(idle.code).toBe(0);
    const exits = await run('exits', true);
    expect([exits.code, exits.output.trimEnd().split('\n').at(-1)]).toEqual([
      3,
      expect.stringMatching(/ {2}endless {2}25 % {2}1\/4 {2}0s$/),
    ]);
  });
});
