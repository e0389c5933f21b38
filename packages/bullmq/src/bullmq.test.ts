import { DelayedError, UnrecoverableError } from 'bullmq';
import { expect, it } from 'vitest';
import { observeQueue, observeWorker } from './index.ts';
import { onEachFlavour } from './scene.test-support.ts';

/** Of a worker whose jobs stall soon. */
const FORGETFUL = { lockDuration: 200, stalledInterval: 100, skipLockRenewal: true, drainDelay: 1 };

onEachFlavour('observed', (newScene) => {
  it('counts without the telemetry option, and then neither makes spans nor touches jobs', async () => {
    const { memory, queue, worker, outcomes, until } = newScene();
    const carried: unknown[] = [];
    const jobs = queue({ traces: false });
    await jobs.add('fine', {});
    await jobs.add('flaky', {}, { attempts: 2 });
    worker(
      async (job) => {
        carried.push(job.opts.telemetry);
        if (job.name === 'flaky' && job.attemptsMade === 0) throw new RangeError('not yet');
      },
      { traces: false },
    );
    await until(() => expect(outcomes()).toEqual({ completed: 2, retried: 1 }));
    expect(memory.value('job.enqueued')).toBe(2);
    expect(memory.value('job.started')).toBe(3);
    expect(memory.value('job.active')).toBe(0);
    expect(memory.value('job.wait.duration')).toBe(3);
    expect(memory.value('job.duration', { 'job.outcome': 'retried', 'error.type': 'RangeError' })).toBe(1);
    expect(carried).toEqual([undefined, undefined, undefined]);
    expect(memory.spans).toEqual([]);
    expect(memory.events).toHaveLength(3);
  });

  it('makes spans with the telemetry option alone, and then counts nothing', async () => {
    const { memory, telemetry, queue, worker, spans, until } = newScene();
    await queue({ observed: false }).add('flaky', {}, { attempts: 2 });
    worker(
      async (job) => {
        telemetry.boundary({ to: 'smtp', operation: 'send' }, () => {});
        throw new RangeError(`attempt ${job.attemptsMade + 1}`);
      },
      { observed: false },
    );
    await until(() => expect(spans('process')).toHaveLength(2));
    const [sent] = spans('send');
    const attempt = (number: number, outcome: string) => ({
      kind: 4,
      traceId: sent?.traceId,
      parentSpanId: sent?.spanId,
      status: 'error',
      statusMessage: `attempt ${number}`,
      attributes: {
        'messaging.system': 'bullmq',
        'messaging.operation.type': 'process',
        'messaging.message.id': sent?.attributes['messaging.message.id'],
        'job.name': 'flaky',
        'job.attempt': number,
        'job.outcome': outcome,
        'error.type': '_OTHER',
      },
      events: [{ name: 'exception', attributes: { 'exception.message': `attempt ${number}` } }],
    });
    expect(spans('process')).toMatchObject([attempt(1, 'retried'), attempt(2, 'failed')]);
    const calls = memory.spans.filter(({ name }) => name === 'smtp send');
    expect(calls.map(({ parentSpanId }) => parentSpanId)).toEqual(spans('process').map(({ spanId }) => spanId));
    expect(['job.started', 'job.duration', 'job.enqueued'].map((name) => memory.value(name))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('makes completed attempts spans with the telemetry option alone', async () => {
    const { queue, worker, spans, until } = newScene();
    await queue({ observed: false }).add('fine', {});
    worker(async () => {}, { observed: false });
    await until(() => expect(spans('process')).toHaveLength(1));
    expect(spans('process')).toMatchObject([
      { status: 'unset', events: [], attributes: { 'job.outcome': 'completed', 'job.attempt': 1 } },
    ]);
  });

  it('counts the jobs of addBulk by name and makes them one send span', async () => {
    const { memory, name, queue, worker, spans, outcomes, until } = newScene();
    const bulk = ['a', 'b', 'a'].map((jobName) => ({ name: jobName, data: {} }));
    await queue().addBulk(bulk);
    worker(async () => {}, { concurrency: 2 });
    await until(() => expect(outcomes()).toEqual({ completed: 3 }));
    expect(memory.value('job.enqueued', { 'job.queue': name, 'job.name': 'a' })).toBe(2);
    expect(memory.value('job.enqueued', { 'job.queue': name, 'job.name': 'b' })).toBe(1);
    expect(spans('send')).toMatchObject([{ kind: 3, attributes: { 'messaging.batch.message_count': 3 } }]);
    const [sent] = spans('send');
    expect(spans('process').map(({ parentSpanId }) => parentSpanId)).toEqual(Array(3).fill(sent?.spanId));
  });

  it('counts a deduplicated job once, and one that could not be added not at all', async () => {
    const { memory, queue, spans, until } = newScene();
    const jobs = queue();
    const deduplication = { id: 'the-same', ttl: 60_000 };
    for (let i = 0; i < 3; i++) await jobs.add('once', {}, { deduplication });
    await jobs.addBulk([{ name: 'once', data: {}, opts: { deduplication } }]);
    await jobs.add('other', {}, { deduplication: { id: 'another' } });
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    await expect(jobs.add('broken', circle)).rejects.toThrow(TypeError);
    await until(() => expect(memory.value('job.enqueued', { 'job.name': 'other' })).toBe(1));
    expect(await jobs.getJobCountByTypes('waiting')).toBe(2);
    expect(memory.value('job.enqueued', { 'job.name': 'once' })).toBe(1);
    expect(memory.value('job.enqueued', { 'job.name': 'broken' })).toBeUndefined();
    expect(spans('send').filter(({ status }) => status === 'error')).toMatchObject([
      { attributes: { 'job.name': 'broken', 'error.type': 'TypeError' }, events: [{ name: 'exception' }] },
    ]);
  });

  it('gives each number once when queue and worker are observed twice', async () => {
    const { memory, telemetry, queue, worker, outcomes, until } = newScene();
    const jobs = observeQueue(queue(), telemetry);
    await jobs.add('fine', {});
    await jobs.addBulk([{ name: 'fine', data: {} }]);
    observeWorker(
      worker(async () => {}),
      telemetry,
    );
    await until(() => expect(outcomes()).toEqual({ completed: 2 }));
    expect(memory.value('job.enqueued')).toBe(2);
    expect(memory.value('job.started')).toBe(2);
  });

  it('makes spans of jobs only, whatever BullMQ does besides', async () => {
    const { memory, queue, worker, name, outcomes, until } = newScene();
    const jobs = queue();
    const working = worker(async (job) => job.updateProgress(50), { lockDuration: 1000, stalledInterval: 50 });
    await working.pause();
    await jobs.add('fine', {});
    await jobs.pause();
    await jobs.resume();
    working.resume();
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    await jobs.clean(0, 10);
    await jobs.drain();
    await working.close();
    await until(() => expect(memory.spans).toHaveLength(2));
    expect(memory.spans.map((span) => span.name).sort()).toEqual([`process ${name}`, `send ${name}`]);
  });

  it('takes UnrecoverableError as final', async () => {
    const { memory, queue, worker, outcomes, until } = newScene();
    await queue().add('refused', {}, { attempts: 5 });
    worker(async () => {
      throw new UnrecoverableError('no such order');
    });
    await until(() => expect(outcomes()).toEqual({ failed: 1 }));
    expect(memory.value('job.duration', { 'error.type': 'UnrecoverableError' })).toBe(1);
    expect(memory.value('job.retries') ?? 0).toBe(0);
  });

  it('knows for how long a job waited after a failure where the worker that saw it takes it up again, whatever the back-off', async () => {
    const { memory, queue, worker, outcomes, until } = newScene();
    await queue().add('flaky', {}, { attempts: 2, backoff: { type: 'fixed', delay: 300, jitter: 0.5 } });
    worker(async (job) => {
      if (job.attemptsMade === 0) throw new Error('not yet');
    });
    await until(() => expect(outcomes()).toEqual({ retried: 1, completed: 1 }));
    expect(memory.value('job.wait.duration')).toBe(2);
  });

  it('does not know where another worker takes it up', async () => {
    const { memory, queue, worker, outcomes, until } = newScene();
    await queue().add('flaky', {}, { attempts: 2, backoff: 300 });
    const first = worker(async () => {
      throw new Error('not yet');
    });
    await until(() => expect(outcomes()).toEqual({ retried: 1 }));
    await first.close();
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ retried: 1, completed: 1 }));
    expect(memory.value('job.wait.duration')).toBe(1);
  });

  it('calls an attempt aborted when the processor postpones its own job', async () => {
    const { memory, queue, worker, spans, outcomes, until } = newScene();
    await queue().add('later', {});
    let starts = 0;
    worker(async (job, token) => {
      if (starts++ > 0) return;
      await job.moveToDelayed(Date.now() + 100, token);
      throw new DelayedError();
    });
    await until(() => expect(outcomes()).toEqual({ aborted: 1, completed: 1 }));
    expect(memory.value('job.active')).toBe(0);
    expect(memory.value('job.duration', { 'error.type': 'aborted' })).toBeUndefined();
    expect(spans('process')).toMatchObject([
      { status: 'unset', attributes: { 'job.outcome': 'aborted' } },
      { status: 'unset', attributes: { 'job.outcome': 'completed' } },
    ]);
  });

  it('calls attempts aborted that a worker leaves behind, and counts them as stalled when another takes them over', async () => {
    const { memory, queue, worker, outcomes, spans, until } = newScene();
    await queue().add('abandoned', {});
    const { promise: stuck, resolve: release } = Promise.withResolvers<void>();
    const first = worker(() => stuck, FORGETFUL);
    await until(() => expect(memory.value('job.active')).toBe(1));
    await first.close(true);
    await until(() => expect(outcomes()).toEqual({ aborted: 1 }));
    expect(memory.value('job.active')).toBe(0);
    worker(async () => {}, FORGETFUL);
    await until(() => expect(outcomes()).toEqual({ aborted: 1, completed: 1 }));
    expect(memory.value('job.stalled')).toBe(1);
    release();
    await until(() => expect(spans('process')).toHaveLength(2));
    expect(memory.value('job.active')).toBe(0);
    expect(memory.value('job.duration')).toBe(2);
    expect(memory.value('job.wait.duration')).toBe(1);
  });

  it('calls an attempt aborted whose lock another worker has', async () => {
    const { memory, queue, worker, outcomes, spans, until } = newScene();
    await queue().add('slow', {});
    const { promise: stuck, resolve: release } = Promise.withResolvers<void>();
    worker(() => stuck, { ...FORGETFUL, skipStalledCheck: true });
    await until(() => expect(memory.value('job.active')).toBe(1));
    worker(async () => {}, FORGETFUL);
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    release();
    await until(() => expect(outcomes()).toEqual({ completed: 1, aborted: 1 }));
    expect(memory.value('job.active')).toBe(0);
    expect(memory.value('job.stalled')).toBe(1);
    const [, lost] = spans('process');
    expect(lost?.events.map(({ attributes }) => attributes?.['exception.message'])).toContainEqual(
      expect.stringMatching(/Missing lock|not in the active state/),
    );
  });

  it('respects omitContext, and starts anew where the metadata is not ours', async () => {
    const { queue, worker, spans, outcomes, until } = newScene();
    const jobs = queue();
    await jobs.add('private', {}, { telemetry: { omitContext: true } });
    await jobs.addBulk([{ name: 'foreign', data: {}, opts: { telemetry: { metadata: 'not JSON' } } }]);
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 2 }));
    expect(spans('process').map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
    expect(new Set([...spans('send'), ...spans('process')].map(({ traceId }) => traceId)).size).toBe(4);
  });

  it('puts a job that a job adds into the same trace', async () => {
    const { queue, worker, spans, outcomes, until } = newScene();
    const jobs = queue();
    await jobs.add('first', {});
    worker(async (job) => {
      if (job.name === 'first') await jobs.add('second', {});
    });
    await until(() => expect(outcomes()).toEqual({ completed: 2 }));
    const [first, second] = spans('process');
    const sent = spans('send').find(({ attributes }) => attributes['job.name'] === 'second');
    expect(sent?.parentSpanId).toBe(first?.spanId);
    expect(second?.parentSpanId).toBe(sent?.spanId);
  });

  it('makes adding a flow one send span, above the attempts of its jobs with options, with the telemetry option alone', async () => {
    const { name, flows, queue, worker, spans, outcomes, until } = newScene();
    queue();
    const producer = flows({ observed: false });
    const child = { name: 'child', queueName: name, opts: {} };
    await producer.add({ name: 'parent', queueName: name, opts: {}, children: [child, child] });
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 3 }));
    expect(spans('send')).toHaveLength(1);
    const [sent] = spans('send');
    expect(spans('process').map(({ parentSpanId }) => parentSpanId)).toEqual(Array(3).fill(sent?.spanId));
  });

  it('is not disturbed by listeners that throw', async () => {
    const { queue, worker, outcomes, telemetry, until } = newScene();
    telemetry.on('end', () => {
      throw new Error('listener of telemetry');
    });
    const jobs = queue();
    const working = worker(async () => {}, { observed: false });
    working.on('completed', () => {
      throw new Error('listener of the worker');
    });
    observeWorker(working, telemetry);
    await jobs.add('fine', {});
    await jobs.add('fine', {});
    await until(() => expect(outcomes()).toEqual({ completed: 2 }));
  });

  it('leaves queue and worker alone when jobs are not to be observed', async () => {
    const { memory, queue, worker, telemetry } = newScene({ telemetry: { operations: { disable: ['job'] } } });
    const jobs = queue({ traces: false });
    const working = worker(async () => {}, { traces: false });
    expect(Object.hasOwn(jobs, 'add')).toBe(false);
    expect(Object.hasOwn(working, 'processJob')).toBe(false);
    await telemetry.flush();
    expect(memory.metric('job.started')).toBeUndefined();
  });
});
