import { fileURLToPath } from 'node:url';
import { createTelemetry, type FinishedSpan, TelemetryError } from '@telltale/core';
import { expect, it } from 'vitest';
import { bullmqTelemetry } from './index.ts';
import { onEachFlavour } from './scene.test-support.ts';

const idsOf = (spans: readonly FinishedSpan[]) => new Set(spans.map(({ traceId }) => traceId));

it('refuses options that are wrong, and says how to mend them', () => {
  const telemetry = createTelemetry({ service: { name: 'test' }, shutdown: { signals: false } });
  expect(() => bullmqTelemetry(telemetry, { traces: 'both' as never })).toThrow(
    new TelemetryError('ERR_OPTION', 'bullmqTelemetry: traces is "both"; give auto, parent, link.'),
  );
  expect(() => bullmqTelemetry(telemetry, { linkAbove: -1 })).toThrow(
    /linkAbove is -1; give a number of jobs, 0 or more/,
  );
  expect(() => bullmqTelemetry(telemetry, { metrics: 1 as never })).toThrow(
    /metrics is of type number; give true or false/,
  );
  expect(() => bullmqTelemetry(telemetry, { mode: 'link' } as never)).toThrow(/mode/);
});

onEachFlavour('traces', (newScene) => {
  it('has everything in one trace when told to', async () => {
    const { telemetry, queue, flows, name, worker, spans, outcomes, until } = newScene({
      traces: { traces: 'parent', linkAbove: 0 },
    });
    const jobs = queue();
    await telemetry.span('all', async () => {
      await jobs.add('flaky', {}, { attempts: 2 });
      await jobs.addBulk([
        { name: 'fine', data: {} },
        { name: 'fine', data: {} },
      ]);
      await flows().add({ name: 'fine', queueName: name, children: [{ name: 'fine', queueName: name }] });
      await jobs.upsertJobScheduler('tick', { every: 100, limit: 2 }, { name: 'tick' });
    });
    worker(async (job) => {
      if (job.name === 'flaky' && job.attemptsMade === 0) throw new Error('not yet');
    });
    await until(() => expect(outcomes()).toEqual({ retried: 1, completed: 7 }));
    expect(idsOf([...spans('send'), ...spans('process')]).size).toBe(1);
    expect(spans('process').flatMap(({ links }) => links)).toEqual([]);
  });

  it('has each attempt in a trace of its own when told to, whichever side is', async () => {
    for (const side of ['producer', 'worker']) {
      const scene = newScene({ traces: { traces: side === 'producer' ? 'link' : 'auto' } });
      const { telemetry, flavour, name, queue, worker, spans, outcomes, until } = scene;
      await queue().addBulk([
        { name: 'fine', data: {} },
        { name: 'fine', data: {} },
      ]);
      if (side === 'producer') worker(async () => {});
      else {
        const { observeWorker } = await import('./index.ts');
        const traced = { connection: flavour.connection, telemetry: bullmqTelemetry(telemetry, { traces: 'link' }) };
        const linking = observeWorker(new flavour.Worker(name, async () => {}, traced), telemetry);
        linking.on('error', () => {});
        await until(() => expect(outcomes()).toEqual({ completed: 2 }));
        await linking.close();
      }
      await until(() => expect(outcomes()).toEqual({ completed: 2 }));
      const [sent] = spans('send');
      expect(idsOf([...spans('send'), ...spans('process')]).size).toBe(3);
      for (const { parentSpanId, links } of spans('process')) {
        expect(parentSpanId).toBeUndefined();
        expect(links).toMatchObject([{ context: { traceId: sent?.traceId, spanId: sent?.spanId } }]);
      }
    }
  });

  it('ends the trace of jobs that go on and on adding another', async () => {
    const { queue, worker, spans, outcomes, until } = newScene();
    const jobs = queue();
    await jobs.add('again', { left: 40 });
    worker(async (job) => {
      if (job.data.left > 1) await jobs.add('again', { left: job.data.left - 1 });
    });
    await until(() => expect(outcomes()).toEqual({ completed: 40 }));
    await until(() => expect(spans('process')).toHaveLength(40));
    const traces = Map.groupBy(spans('process'), ({ traceId }) => traceId);
    expect([...traces.values()].map(({ length }) => length)).toEqual([32, 8]);
    expect(spans('process').filter(({ links }) => links.length > 0)).toHaveLength(1);
  });

  it('counts to the threshold by what each span sends', async () => {
    const { telemetry, queue, worker, spans, outcomes, until } = newScene({ traces: { linkAbove: 2 } });
    const jobs = queue();
    const bulk = (length: number) => Array.from({ length }, () => ({ name: 'fine', data: {} }));
    await telemetry.span('few', () => jobs.addBulk(bulk(2)));
    await telemetry.span('many', async () => {
      await jobs.add('fine', {});
      await jobs.addBulk(bulk(2));
    });
    await jobs.add('fine', {});
    await jobs.addBulk(bulk(3));
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 9 }));
    const linked = spans('process').map(({ links }) => links.length);
    expect(linked).toEqual([0, 0, 0, 1, 1, 0, 1, 1, 1]);
  });

  it('keeps what is not observed in the trace of who sent it: it does not know better', async () => {
    const { telemetry, queue, flows, name, worker, memory, spans, until } = newScene({ traces: { linkAbove: 1 } });
    const jobs = queue({ observed: false });
    await telemetry.span('all', async () => {
      await jobs.addBulk([
        { name: 'flaky', data: {}, opts: { attempts: 2 } },
        { name: 'fine', data: {} },
      ]);
    });
    worker(
      async (job) => {
        if (job.name === 'flaky' && job.attemptsMade === 0) throw new Error('not yet');
      },
      { observed: false },
    );
    await until(() => expect(spans('process')).toHaveLength(3));
    expect(idsOf(memory.spans).size).toBe(1);
    // It does know what the sender told, be it observed.
    const child = { name: 'fine', queueName: name };
    await flows().add({ ...child, children: [child] });
    await until(() => expect(spans('process')).toHaveLength(5));
    expect(spans('process').filter(({ links }) => links.length > 0)).toHaveLength(2);
  });

  it('leaves jobs alone that carry nothing or something else', async () => {
    const { flows, name, worker, spans, outcomes, until } = newScene();
    const own = '{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}';
    const node = (jobName: string, telemetry: object) => ({ name: jobName, queueName: name, opts: { telemetry } });
    await flows().addBulk([
      node('private', { omitContext: true }),
      node('own', { metadata: own }),
      node('broken', { metadata: '{"traceparent":"00-00000000000000000000000000000000-b7ad6b7169203331-01"}' }),
      node('strange', { metadata: '{"telltale":{"hops":"many","link":1}}' }),
      node('stranger', { metadata: '{"telltale":7}' }),
    ]);
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 5 }));
    const by = (jobName: string) => spans('process').find(({ attributes }) => attributes['job.name'] === jobName);
    expect(by('own')).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: 'b7ad6b7169203331' });
    for (const jobName of ['private', 'broken', 'strange', 'stranger']) {
      expect(by(jobName)).toMatchObject({ links: [] });
      expect(by(jobName)?.parentSpanId).toBeUndefined();
    }
    expect(idsOf([...spans('send'), ...spans('process')]).size).toBe(6);
  });

  it('carries context in the formats that the service has chosen, and what comes with it', async () => {
    const { telemetry, queue, worker, spans, outcomes, until } = newScene({
      telemetry: { propagators: ['b3', 'baggage'] },
    });
    const jobs = queue();
    const carried: unknown[] = [];
    const request = telemetry.request({ method: 'POST', headers: { baggage: 'tenant=acme' } });
    await request.run(() => jobs.add('fine', {}));
    request.end({ status: 201 });
    worker(async (job) => {
      const carrier: Record<string, unknown> = {};
      telemetry.inject(carrier);
      carried.push(Object.keys(JSON.parse(job.opts.telemetry?.metadata ?? '')), carrier.baggage);
    });
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    expect(carried).toEqual([['b3', 'baggage'], 'tenant=acme']);
    expect(spans('process')).toMatchObject([{ parentSpanId: spans('send')[0]?.spanId }]);
  });

  it('goes on in a sandboxed processor, and the queue keeps what it had', async () => {
    const { queue, worker, spans, outcomes, until } = newScene();
    const jobs = queue();
    const { id = '' } = await jobs.add('fine', {});
    const stored = (await jobs.getJob(id))?.opts;
    const carried: unknown[] = [];
    const file = fileURLToPath(new URL('./observed-processor.test-support.ts', import.meta.url));
    worker(file).on('completed', (_, { note }) => carried.push(note.traceparent));
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    const [attempt] = spans('process');
    expect(carried).toEqual([`00-${attempt?.traceId}-${attempt?.spanId}-01`]);
    expect(attempt?.parentSpanId).toBe(spans('send')[0]?.spanId);
    expect((await jobs.getJob(id))?.opts).toEqual(stored);
  });

  it('carries trace state', async () => {
    const { telemetry, queue, worker, spans, outcomes, until } = newScene();
    const jobs = queue();
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=7' };
    const request = telemetry.request({ method: 'POST', headers });
    await request.run(() => jobs.add('fine', {}));
    request.end({ status: 201 });
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    expect(spans('process')).toMatchObject([{ traceId: 'a'.repeat(32), traceState: 'vendor=7' }]);
  });

  it('carries the decision not to record a trace', async () => {
    const { telemetry, memory, queue, worker, outcomes, until } = newScene();
    const jobs = queue();
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` };
    const request = telemetry.request({ method: 'POST', headers });
    await request.run(() => jobs.add('fine', {}));
    request.end({ status: 201 });
    worker(async () => {});
    await until(() => expect(outcomes()).toEqual({ completed: 1 }));
    expect(memory.spans).toEqual([]);
  });

  it('counts without spans what flow producers and schedulers add, and does not touch it', async () => {
    const { name, flows, queue, worker, memory, outcomes, until } = newScene();
    const carried: unknown[] = [];
    const jobs = queue({ traces: false });
    const node = { name: 'node', queueName: name };
    const producer = flows({ traces: false });
    await producer.add({ ...node, children: [node, { ...node, opts: { attempts: 2 } }] });
    await producer.addBulk([node, node]);
    // Asked for again, it is the same job that waits.
    for (let i = 0; i < 3; i++) await jobs.upsertJobScheduler('yearly', { pattern: '0 0 1 1 *' }, { name: 'yearly' });
    await jobs.upsertJobScheduler('tick', { every: 200, limit: 2 }, { name: 'tick' });
    worker(async (job) => carried.push(job.opts.telemetry), { traces: false });
    await until(() => expect(outcomes()).toEqual({ completed: 7 }));
    expect(memory.value('job.enqueued', { 'job.name': 'node' })).toBe(5);
    expect(memory.value('job.enqueued', { 'job.name': 'yearly' })).toBe(1);
    expect(memory.value('job.enqueued', { 'job.name': 'tick' })).toBe(2);
    expect(carried).toEqual(Array(7).fill(undefined));
    expect(memory.spans).toEqual([]);
  });

  it('records the metrics of BullMQ itself where they are asked for', async () => {
    const { memory, telemetry, name, queue, worker, outcomes, until } = newScene({ traces: { metrics: true } });
    telemetry.gauge('bullmq.jobs.failed');
    const jobs = queue();
    await jobs.add('fine', {});
    await jobs.add('dead', {});
    await jobs.recordJobCountsMetric('waiting');
    worker(async (job) => {
      if (job.name === 'dead') throw new Error('never');
    });
    await until(() => expect(outcomes()).toEqual({ completed: 1, failed: 1 }));
    expect(memory.value('bullmq.jobs.completed', { 'bullmq.queue.name': name })).toBe(1);
    expect(memory.value('bullmq.job.duration')).toBe(2);
    expect(memory.value('bullmq.queue.jobs', { 'bullmq.queue.jobs.state': 'waiting' })).toBe(2);
    expect(memory.value('bullmq.jobs.failed')).toBeUndefined();
    await until(() => expect(telemetry.health().problems).toEqual({ ERR_ADAPTER: 1 }));
  });
});
