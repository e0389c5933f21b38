import { describe, expect, it } from 'vitest';
import type { JobOperation } from '../index.ts';
import { allSeriesOf, seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a wrapped function', () => {
  it('is called as it was, and each call is a job', async () => {
    const { telemetry, events } = testTelemetry();
    class Importer {
      readonly prefix = 'row-';
      load(id: number, ...more: string[]): string {
        return `${this.prefix}${id}${more.join('')}`;
      }
      async loadLater(id: number): Promise<string> {
        await turn();
        return this.load(id);
      }
    }
    const importer = new Importer();
    const load = telemetry.jobs.wrap(importer.load);
    const loadLater = telemetry.jobs.wrap(importer.loadLater, { name: 'import', queue: 'nightly' });
    expect(load.call(importer, 7, 'a', 'b')).toBe('row-7ab');
    await expect(loadLater.call(importer, 8)).resolves.toBe('row-8');
    expect([load.name, load.length]).toEqual(['load', 1]);
    expect(events.map(({ name, attributes }) => [name, attributes['job.queue']])).toEqual([
      ['load', undefined],
      ['import', 'nightly'],
    ]);
  });

  it('throws and rejects with the very error', async () => {
    const { telemetry, events } = testTelemetry();
    const error = new RangeError('no');
    const throws = telemetry.jobs.wrap(function sync() {
      throw error;
    });
    const rejects = telemetry.jobs.wrap(async function later() {
      throw error;
    });
    expect(throws).toThrow(error);
    await expect(rejects()).rejects.toBe(error);
    expect(events.map(({ name, outcome, error: told }) => [name, outcome, told?.type])).toEqual([
      ['sync', 'failed', 'RangeError'],
      ['later', 'failed', 'RangeError'],
    ]);
  });

  it('takes attributes and its signal from the arguments', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const load = telemetry.jobs.wrap(
      (tenant: string, _row: number, { signal }: { signal: AbortSignal }) => {
        signal.throwIfAborted();
        return tenant;
      },
      {
        name: 'load',
        attributes: (tenant) => ({ 'tenant.id': tenant }),
        spanAttributes: (_tenant, row) => ({ row }),
        signal: (_tenant, _row, { signal }) => signal,
      },
    );
    expect(load('acme', 7, { signal: new AbortController().signal })).toBe('acme');
    expect(() => load('acme', 8, { signal: AbortSignal.abort() })).toThrow('aborted');
    expect(seriesOf(telemetry, 'job.duration')).toEqual({
      '{job.name=load,job.outcome=completed,tenant.id=acme}': 1,
      '{error.type=AbortError,job.name=load,job.outcome=aborted,tenant.id=acme}': 1,
    });
    const spans = await finished();
    expect(spans.map(({ attributes }) => attributes.row)).toEqual([7, 8]);
  });

  it('takes static ones', () => {
    const { telemetry } = testTelemetry();
    const load = telemetry.jobs.wrap(() => {}, { name: 'load', attributes: { team: 'a' }, resources: false });
    load();
    expect(Object.keys(allSeriesOf(telemetry))).toEqual(
      expect.arrayContaining(['job.started{job.name=load,team=a}', 'job.active{job.name=load,team=a}']),
    );
    expect(seriesOf(telemetry, 'job.memory.peak')).toEqual({});
  });

  it('runs all the same when the options cannot be found, which is told once', () => {
    const { telemetry, problems } = testTelemetry();
    const load = telemetry.jobs.wrap((row: { tenant: { id: string } } | undefined) => row === undefined, {
      name: 'load',
      attributes: (row) => ({ 'tenant.id': row?.tenant.id as string, own: (row as { tenant: never }).tenant }),
      signal: () => 'no signal' as never,
    });
    expect([load(undefined), load(undefined)]).toEqual([true, true]);
    expect(seriesOf(telemetry, 'job.duration')).toEqual({ '{job.name=load,job.outcome=completed}': 2 });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(
        /^ERR_VALUE "attributes" of the wrapped job "load" failed \(Cannot read .*the job runs without\.$/,
      ),
    ]);
  });

  it('is itself where jobs are not observed', () => {
    const { telemetry } = testTelemetry({ operations: { disable: ['job'] } });
    const load = (): number => 5;
    expect(telemetry.jobs.wrap(load)).toBe(load);
    expect(telemetry.job('etl', () => telemetry.jobs.active())).toBeUndefined();
  });

  it.each<[string, () => unknown, string]>([
    ['no function', () => 5, 'jobs.wrap was given a value of type number; give a function.'],
    ['a function without a name', () => [() => {}][0], 'jobs.wrap was given a function without a name'],
    ['a generator', () => async function* rows() {}, 'jobs.wrap was given the generator function "rows"'],
  ])('cannot be made of %s', (_title, make, message) => {
    const { telemetry } = testTelemetry();
    expect(() => telemetry.jobs.wrap(make() as () => void)).toThrow(message);
  });

  it('knows its options', () => {
    const { telemetry } = testTelemetry();
    expect(() => telemetry.jobs.wrap(turn, { qeue: 'a' } as never)).toThrow(
      'Unknown option "jobs.wrap.qeue"; did you mean "queue"?',
    );
  });
});

describe('the active job', () => {
  it.each(['with spans', 'without'])('is found deep inside, through asynchronous code and spans, %s', async (title) => {
    const { telemetry } = title === 'with spans' ? tracedTelemetry() : testTelemetry();
    const deep = async (): Promise<JobOperation | undefined> => {
      await turn();
      return telemetry.span('inner', async () => {
        await turn();
        telemetry.jobs.active()?.records('loaded', 2);
        return telemetry.jobs.active();
      });
    };
    const names = await Promise.all([
      telemetry.job('a', async (job) => [job, await deep()]),
      telemetry.jobs.wrap(deep, { name: 'b' })(),
      telemetry.jobs.main('c', { queue: 'q' }, deep),
    ]);
    expect(names[0]?.[0]).toBe(names[0]?.[1]);
    expect([names[1]?.name, names[2]?.name]).toEqual(['b', 'c']);
    expect(telemetry.jobs.active()).toBeUndefined();
    expect(Object.values(seriesOf(telemetry, 'job.records'))).toEqual([2, 2, 2]);
  });

  it('is the innermost, whose span is a child of the outer one’s', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const auth = telemetry.forService('auth');
    const found: (string | undefined)[] = [];
    const find = () => found.push(telemetry.jobs.active()?.name);
    telemetry.job('outer', () => {
      find();
      auth.job('inner', find);
      telemetry.span('between', () =>
        telemetry.job('second', () => telemetry.boundary({ to: 'db', operation: 'query' }, find)),
      );
      find();
    });
    expect(found).toEqual(['outer', 'inner', 'second', 'outer']);
    const spans = Object.fromEntries((await finished()).map((span) => [span.name, span]));
    const parentOf = (name: string): string | undefined =>
      Object.values(spans).find(({ spanId }) => spanId === spans[name]?.parentSpanId)?.name;
    expect(['inner', 'second', 'between', 'outer'].map(parentOf)).toEqual(['outer', 'between', 'outer', undefined]);
  });

  it('is found where an adapter runs its work in the context of the job', async () => {
    const { telemetry } = tracedTelemetry();
    const job = telemetry.job('send', { queue: 'emails' });
    const context = job.context ?? telemetry.activeContext();
    await telemetry.withContext(context, async () => {
      await turn();
      expect(telemetry.jobs.active()).toBe(job);
    });
    job.end('completed');
  });

  it('without a span of its own leaves the active one as it is', async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.job('outer', () =>
      telemetry.span('between', () =>
        telemetry.job('spanless', { span: false }, () => {
          expect(telemetry.jobs.active()?.name).toBe('spanless');
          telemetry.span('inner', () => {});
        }),
      ),
    );
    const spans = await finished();
    expect(spans.map(({ name }) => name)).toEqual(['inner', 'between', 'outer']);
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([spans[1]?.spanId, spans[2]?.spanId, undefined]);
  });

  it('is none once it has ended, though what it started goes on', async () => {
    const { telemetry } = testTelemetry();
    let after: Promise<unknown> = Promise.resolve();
    telemetry.job('etl', () => {
      after = turn().then(() => telemetry.jobs.active());
    });
    await expect(after).resolves.toBeUndefined();
  });

  it('does not hold those before it, in chains of jobs that start each other', async () => {
    const { telemetry } = tracedTelemetry();
    const job = telemetry.job('first');
    let context = job.context;
    for (let at = 0; at < 10_000 && context !== undefined; at++) {
      const parent = context;
      context = telemetry.withContext(parent, () => telemetry.span('between', () => telemetry.job('next').context));
    }
    // A chain would be too deep to be looked through.
    expect(context?.getValue(Symbol('no such key'))).toBeUndefined();
  });

  it('keeps baggage and values that the context has', () => {
    const { telemetry } = tracedTelemetry();
    const KEY = Symbol('key');
    const outer = telemetry.activeContext().setValue(KEY, 'outer');
    telemetry.withContext(outer, () =>
      telemetry.job('etl', () => {
        const context = telemetry.activeContext();
        expect(context.getValue(KEY)).toBe('outer');
        telemetry.withContext(context.setValue(KEY, 'inner'), () => {
          expect(telemetry.activeContext().getValue(KEY)).toBe('inner');
          expect(telemetry.jobs.active()?.name).toBe('etl');
          telemetry.job('nested', () => expect(telemetry.activeContext().getValue(KEY)).toBe('inner'));
        });
        telemetry.withContext(context.deleteValue(KEY), () => {
          expect(telemetry.activeContext().getValue(KEY)).toBeUndefined();
          expect(telemetry.jobs.active()?.name).toBe('etl');
        });
      }),
    );
  });
});

describe('the signal of a job', () => {
  it('follows the one that the job was given, and lets go of it when the job has ended', () => {
    const { telemetry, events } = testTelemetry();
    const controller = new AbortController();
    const reason = new Error('stop');
    const kept: AbortSignal[] = [];
    telemetry.job('done', { signal: controller.signal }, ({ signal }) => kept.push(signal));
    expect(() =>
      telemetry.job('etl', { signal: controller.signal }, ({ signal }) => {
        expect(signal.aborted).toBe(false);
        controller.abort(reason);
        signal.throwIfAborted();
      }),
    ).toThrow(reason);
    expect(kept.map(({ aborted }) => aborted)).toEqual([false]);
    telemetry.job('late', { signal: controller.signal }, ({ signal }) => expect(signal.reason).toBe(reason));
    expect(events.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['done', 'completed'],
      ['etl', 'aborted'],
      ['late', 'completed'],
    ]);
  });

  it('is there without one, and the same each time', () => {
    const { telemetry } = testTelemetry();
    telemetry.job('etl', (job) => {
      expect(job.signal).toBe(job.signal);
      expect(job.signal.aborted).toBe(false);
    });
    const odd = telemetry.job('etl', { signal: {} as AbortSignal });
    expect(odd.signal.aborted).toBe(false);
    odd.end('completed');
  });
});
