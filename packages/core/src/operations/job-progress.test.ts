import { describe, expect, it } from 'vitest';
import type { OperationEvent } from '../index.ts';
import { seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

function told(telemetry: ReturnType<typeof testTelemetry>['telemetry']): OperationEvent[] {
  const events: OperationEvent[] = [];
  telemetry.on('progress', (event) => events.push(event));
  return events;
}

const sharesOf = (events: readonly OperationEvent[]) => events.map(({ value, done, total }) => [value, done, total]);

describe('progress of a job', () => {
  it('is told with how much is done, and of how much', () => {
    const { telemetry } = testTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => job.progress(40, 160));
    expect(sharesOf(events)).toEqual([[0.25, 40, 160]]);
    expect(seriesOf(telemetry, 'job.progress')).toEqual({ '{job.name=etl}': 0.25 });
  });

  it('has no share while the total is unknown', () => {
    const { telemetry } = testTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => {
      job.progress(5);
      job.progress(10, Number.POSITIVE_INFINITY);
      job.progress(20, null as never);
    });
    expect(sharesOf(events)).toEqual([
      [undefined, 5, undefined],
      [undefined, 10, undefined],
      [undefined, 20, undefined],
    ]);
    expect(events[0]).not.toHaveProperty('value');
    expect(seriesOf(telemetry, 'job.progress')).toEqual({});
  });

  it('is all of it at more than the total, and at nothing of nothing', () => {
    const { telemetry, problems } = testTelemetry();
    telemetry.job('more', (job) => job.progress(12, 10));
    telemetry.job('empty', (job) => job.progress(0, 0));
    expect(seriesOf(telemetry, 'job.progress')).toEqual({ '{job.name=more}': 1, '{job.name=empty}': 1 });
    expect(problems).toEqual([]);
  });

  it('may go back', () => {
    const { telemetry, clock } = testTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => {
      job.progress(80, 100);
      clock.advance(1);
      job.progress(10, 100);
    });
    expect(sharesOf(events).map(([share]) => share)).toEqual([0.8, 0.1]);
    expect(seriesOf(telemetry, 'job.progress')).toEqual({ '{job.name=etl}': 0.1 });
  });

  it.each<[unknown, unknown]>([
    [Number.NaN, 10],
    [1, Number.NaN],
    [-1, 10],
    [1, -10],
    [5n, 10n],
    ['5', 10],
    [Symbol('s'), 10],
    [Number.POSITIVE_INFINITY, 10],
    [undefined, undefined],
  ])('of %s in %s is told to be wrong, and nothing else', (done, total) => {
    const { telemetry, problems } = testTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => job.progress(done as number, total as number));
    expect(events).toEqual([]);
    expect(seriesOf(telemetry, 'job.progress')).toEqual({});
    expect(problems.map(({ message }) => message)).toEqual([
      'Job "etl" has told progress that was ignored; give numbers from 0 up: progress(40, 100), or progress(40).',
    ]);
  });

  it('is told at most once a percent, however often it is said, and the last of it always', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => {
      for (let done = 1; done <= 99_950; done++) job.progress(done, 100_000);
    });
    expect(events).toHaveLength(101);
    expect(sharesOf(events).at(-1)).toEqual([0.9995, 99_950, 100_000]);
    expect(seriesOf(telemetry, 'job.progress')).toEqual({ '{job.name=etl}': 0.9995 });
    const [span] = await finished();
    expect(span?.events).toHaveLength(100);
    expect(span?.events[50]).toMatchObject({ name: 'progress', attributes: { 'job.progress': 0.5 } });
  });

  it('without a total is told whenever it has doubled', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => {
      for (let done = 0; done <= 1000; done++) job.progress(done);
    });
    const doubled = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
    expect(events.map(({ done }) => done)).toEqual([...doubled, 1000]);
    const [span] = await finished();
    expect(span?.events.map(({ attributes }) => attributes)).toEqual(
      doubled.map((done) => ({ 'job.progress.done': done })),
    );
  });

  it('is told once a second where it moves less than a percent, or to and fro; the span has neither', async () => {
    const { telemetry, clock, finished } = tracedTelemetry();
    const events = told(telemetry);
    telemetry.job('etl', (job) => {
      for (let step = 0; step < 40; step++) {
        job.progress(step % 2 === 0 ? 500 : 501, 1000);
        clock.advance(0.25);
      }
    });
    expect(events.map(({ duration }) => duration)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const [span] = await finished();
    expect(span?.events).toHaveLength(1);
  });
});
