import { type Attributes, createTelemetry, type FinishedSpan, type Outcome, type Telemetry } from '@telltale/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { JobDriver, JobShape } from './job-adapter-under-test.ts';
import { type MemoryExporter, memoryExporter } from './memory-exporter.ts';

export interface JobAdapterSuiteOptions {
  /** `BullMQ 6 on Redis`. */
  readonly name: string;
  readonly create: (telemetry: Telemetry) => JobDriver | Promise<JobDriver>;
  /** What the library has besides plain jobs; each is tested, and needs its method of the driver. Default: none. */
  readonly shapes?: readonly JobShape[];
  /** More jobs than this from one span are linked to it instead of being part of its trace. Needed for the shapes `bulk` and `flow`. */
  readonly linkAbove?: number;
}

const TIMEOUT = { timeout: 20_000, interval: 20 };

/** The tests that every adapter of a job queue passes. Call it at the top of a test file of vitest, or in a `describe`. */
export function jobAdapterSuite({ name, create, shapes = [], linkAbove = 0 }: JobAdapterSuiteOptions): void {
  const has = (shape: JobShape): boolean => shapes.includes(shape);
  describe(`${name} as a job adapter`, () => {
    const open: (() => Promise<unknown>)[] = [];

    const start = async (): Promise<Scene> => {
      const memory = memoryExporter();
      const telemetry = createTelemetry({
        service: { name: 'suite' },
        exporters: [memory],
        shutdown: { signals: false },
        onError: () => {},
      });
      open.push(() => telemetry.shutdown());
      const driver = await create(telemetry);
      open.push(() => driver.close());
      return new Scene(telemetry, memory, driver);
    };

    afterEach(async () => {
      for (const close of open.splice(0).reverse()) await close();
    });

    it('has what it says it has', async () => {
      const { driver } = await start();
      const methods = { bulk: driver.addBulk, flow: driver.addFlow, scheduler: driver.schedule };
      const found = Object.entries(methods).map(([shape, method]) => [shape, method !== undefined]);
      const said = Object.keys(methods).map((shape) => [shape, has(shape as JobShape)]);
      expect(found).toEqual(said);
      expect(linkAbove > 0 || !(has('bulk') || has('flow'))).toBe(true);
    });

    it('counts a job from the queue to its end', async () => {
      const scene = await start();
      await scene.driver.add('greet', {});
      await scene.driver.process(async () => 'hello');
      await scene.ended(1);
      const job = { 'job.queue': scene.driver.queue, 'job.name': 'greet' };
      expect(scene.outcomes()).toEqual({ completed: 1 });
      expect(scene.memory.value('job.enqueued', job)).toBe(1);
      expect(scene.memory.value('job.started', job)).toBe(1);
      expect(scene.memory.value('job.active', job)).toBe(0);
      expect(scene.memory.value('job.wait.duration', job)).toBe(1);
      expect(scene.memory.value('job.duration', { ...job, 'job.outcome': 'completed' })).toBe(1);
      expect(scene.memory.value('job.duration')).toBe(1);
      expect(scene.memory.value('job.retries') ?? 0).toBe(0);
    });

    it('tells listeners of each attempt, with its outcome and its trace', async () => {
      const scene = await start();
      await scene.driver.add('greet', {});
      await scene.driver.process(async () => 'hello');
      await scene.ended(1);
      const [span] = scene.spans('process');
      expect(scene.memory.events).toMatchObject([
        {
          type: 'end',
          kind: 'job',
          name: 'greet',
          outcome: 'completed',
          attributes: { 'job.queue': scene.driver.queue },
          traceId: span?.traceId,
          spanId: span?.spanId,
        },
      ]);
    });

    it('calls a job that fails for good failed, by the code or the name of its error', async () => {
      const scene = await start();
      await scene.driver.add('by-code', {});
      await scene.driver.add('by-name', {});
      await scene.driver.process(async (job) => {
        if (job.name === 'by-name') throw new RangeError('too far');
        throw Object.assign(new Error('no such mailbox'), { code: 'MAILBOX_UNKNOWN' });
      });
      await scene.ended(2);
      expect(scene.outcomes()).toEqual({ failed: 2 });
      const failed = (jobName: string, type: string) =>
        scene.memory.value('job.duration', { 'job.name': jobName, 'job.outcome': 'failed', 'error.type': type });
      expect(failed('by-code', 'MAILBOX_UNKNOWN')).toBe(1);
      expect(failed('by-name', 'RangeError')).toBe(1);
      expect(scene.memory.value('job.retries') ?? 0).toBe(0);
      expect(scene.memory.value('job.active')).toBe(0);
    });

    it('calls a failed attempt retried when the job is tried again', async () => {
      const scene = await start();
      const attempts: number[] = [];
      await scene.driver.add('flaky', {}, { attempts: 5 });
      await scene.driver.process(async ({ attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new TypeError('not yet');
      });
      await scene.ended(3);
      expect(attempts).toEqual([1, 2, 3]);
      expect(scene.outcomes()).toEqual({ retried: 2, completed: 1 });
      expect(scene.memory.value('job.duration', { 'job.outcome': 'retried', 'error.type': 'TypeError' })).toBe(2);
      expect(scene.memory.value('job.enqueued')).toBe(1);
      expect(scene.memory.value('job.started')).toBe(3);
      expect(scene.memory.value('job.retries')).toBe(2);
      expect(scene.memory.value('job.active')).toBe(0);
    });

    it('calls the last of several failed attempts failed', async () => {
      const scene = await start();
      await scene.driver.add('hopeless', {}, { attempts: 3 });
      await scene.driver.process(async () => {
        throw new Error('never');
      });
      await scene.ended(3);
      expect(scene.outcomes()).toEqual({ retried: 2, failed: 1 });
      expect(scene.memory.value('job.retries')).toBe(2);
    });

    it('measures how long a job waited for a worker', async () => {
      const scene = await start();
      await scene.driver.add('greet', {});
      const added = performance.now();
      await vi.waitFor(() => expect(performance.now() - added).toBeGreaterThan(300), TIMEOUT);
      await scene.driver.process(async () => 'hello');
      await scene.ended(1);
      expect(scene.sum('job.wait.duration')).toBeGreaterThan(0.25);
      expect(scene.sum('job.duration')).toBeLessThan(0.25);
    });

    it('does not count the delay that was asked for as waiting', async () => {
      const scene = await start();
      await scene.driver.process(async () => 'hello');
      const added = performance.now();
      await scene.driver.add('later', {}, { delay: 0.6 });
      await scene.ended(1);
      expect(performance.now() - added).toBeGreaterThan(550);
      expect(scene.memory.value('job.wait.duration')).toBe(1);
      expect(scene.sum('job.wait.duration')).toBeGreaterThanOrEqual(0);
      expect(scene.sum('job.wait.duration')).toBeLessThan(0.55);
    });

    it('counts jobs that the queue forgets once they are completed', async () => {
      const scene = await start();
      for (let i = 0; i < 10; i++) await scene.driver.add('greet', {}, { removeOnComplete: true });
      await scene.driver.process(async () => 'hello');
      await scene.ended(10);
      expect(scene.outcomes()).toEqual({ completed: 10 });
      expect(scene.memory.value('job.enqueued')).toBe(10);
    });

    it('says how many jobs are running', async () => {
      const scene = await start();
      const { promise: gate, resolve: release } = Promise.withResolvers<void>();
      let running = 0;
      for (let i = 0; i < 6; i++) await scene.driver.add('wait', {});
      await scene.driver.process(
        () => {
          running++;
          return gate;
        },
        { concurrency: 4 },
      );
      await vi.waitFor(() => expect(running).toBe(4), TIMEOUT);
      await scene.telemetry.flush();
      expect(scene.memory.value('job.active')).toBe(4);
      expect(scene.memory.value('job.started')).toBe(4);
      release();
      await scene.ended(6);
      expect(scene.memory.value('job.active')).toBe(0);
    });

    it('counts exactly the outcomes there were when many jobs run at once', async () => {
      const scene = await start();
      const truth = { completed: 0, retried: 0, failed: 0 };
      for (let i = 0; i < 60; i++) {
        const kind = ['fine', 'flaky', 'dead'][i % 3] as string;
        await scene.driver.add(kind, {}, { attempts: 2, removeOnComplete: i % 2 === 0 });
      }
      await scene.driver.process(
        async ({ name: kind, attempt }) => {
          const fails = kind === 'dead' || (kind === 'flaky' && attempt === 1);
          if (!fails) truth.completed++;
          else if (attempt === 1) truth.retried++;
          else truth.failed++;
          if (fails) throw new Error(kind);
        },
        { concurrency: 8 },
      );
      await scene.ended(100);
      expect(truth).toEqual({ completed: 40, retried: 40, failed: 20 });
      expect(scene.outcomes()).toEqual(truth);
      expect(scene.memory.value('job.started')).toBe(100);
      expect(scene.memory.value('job.active')).toBe(0);
      const processed = scene.spans('process');
      expect(processed).toHaveLength(100);
      expect(processed.filter(({ status }) => status === 'error')).toHaveLength(60);
    });

    it('continues the trace from the request through the queue to a call the job makes', async () => {
      const scene = await start();
      const { driver, telemetry } = scene;
      await driver.process(async () => {
        await telemetry.boundary({ to: 'smtp', operation: 'send' }, async (call) => call.bytes('sent', 512));
      });
      const request = telemetry.request({ method: 'POST', path: '/orders' });
      await request.run(() => driver.add('greet', {}));
      request.end({ status: 201, route: '/orders' });
      await scene.ended(1);
      const [root] = scene.memory.spans.filter(({ kind }) => kind === 1);
      const [sent] = scene.spans('send');
      const [processed] = scene.spans('process');
      const [call] = scene.memory.spans.filter((span) => span.name === 'smtp send');
      expect(sent).toMatchObject({ kind: 3, traceId: root?.traceId, parentSpanId: root?.spanId, status: 'unset' });
      expect(processed).toMatchObject({ kind: 4, traceId: root?.traceId, parentSpanId: sent?.spanId, status: 'unset' });
      expect(call).toMatchObject({ kind: 2, traceId: root?.traceId, parentSpanId: processed?.spanId });
      expect(scene.memory.spans).toHaveLength(4);
      expect(sent?.attributes).toMatchObject({
        'messaging.destination.name': driver.queue,
        'messaging.operation.type': 'send',
        'messaging.message.id': expect.any(String),
        'job.name': 'greet',
      });
      expect(processed?.attributes).toMatchObject({
        'messaging.system': sent?.attributes['messaging.system'],
        'messaging.destination.name': driver.queue,
        'messaging.operation.type': 'process',
        'messaging.message.id': sent?.attributes['messaging.message.id'],
        'job.name': 'greet',
        'job.attempt': 1,
        'job.outcome': 'completed',
      });
    });

    it('gives a job that was added outside of any trace one of its own', async () => {
      const scene = await start();
      // The trace in which the worker is made is not that of the jobs it will do.
      await scene.telemetry.span('start up', async () => {
        await scene.driver.process(async () => 'hello');
      });
      await scene.driver.add('greet', {});
      await scene.driver.add('greet', {});
      await scene.ended(2);
      const sent = scene.spans('send');
      expect(new Set(scene.memory.spans.map(({ traceId }) => traceId)).size).toBe(3);
      for (const { parentSpanId } of scene.spans('process')) {
        expect(sent.map(({ spanId }) => spanId)).toContain(parentSpanId);
      }
    });

    it('carries baggage through the queue', async () => {
      const scene = await start();
      const { driver, telemetry } = scene;
      const baggage: unknown[] = [];
      await driver.process(async () => {
        const carrier: Record<string, unknown> = {};
        telemetry.inject(carrier);
        baggage.push(carrier.baggage);
      });
      const request = telemetry.request({ method: 'POST', headers: { baggage: 'tenant=acme' } });
      await request.run(() => driver.add('greet', {}));
      request.end({ status: 201 });
      await scene.ended(1);
      expect(baggage).toEqual(['tenant=acme']);
    });

    it('makes each failed attempt a span with its error; tries after the first are traces of their own, with a link', async () => {
      const scene = await start();
      await scene.driver.add('flaky', {}, { attempts: 3 });
      await scene.driver.process(async ({ attempt }) => {
        if (attempt < 3) throw new RangeError(`attempt ${attempt}`);
      });
      await scene.ended(3);
      const [sent] = scene.spans('send');
      const processed = scene.spans('process');
      const failure = (attempt: number) => ({
        status: 'error',
        statusMessage: `attempt ${attempt}`,
        attributes: { 'job.attempt': attempt, 'job.outcome': 'retried', 'error.type': 'RangeError' },
        events: [
          {
            name: 'exception',
            attributes: {
              'exception.type': 'RangeError',
              'exception.message': `attempt ${attempt}`,
              'exception.stacktrace': expect.stringContaining('RangeError'),
            },
          },
        ],
      });
      expect(processed).toMatchObject([
        failure(1),
        failure(2),
        { status: 'unset', attributes: { 'job.attempt': 3, 'job.outcome': 'completed' }, events: [] },
      ]);
      expectPartOf(sent, processed.slice(0, 1));
      expectLinkedTo(sent, processed.slice(1));
    });

    it('carries baggage to each attempt, of the same trace or not', async () => {
      const scene = await start();
      const { driver, telemetry } = scene;
      const baggage: unknown[] = [];
      const request = telemetry.request({ method: 'POST', headers: { baggage: 'tenant=acme' } });
      await request.run(() => driver.add('flaky', {}, { attempts: 2 }));
      request.end({ status: 201 });
      await driver.process(async ({ attempt }) => {
        const carrier: Record<string, unknown> = {};
        telemetry.inject(carrier);
        baggage.push(carrier.baggage);
        if (attempt === 1) throw new Error('not yet');
      });
      await scene.ended(2);
      expect(baggage).toEqual(['tenant=acme', 'tenant=acme']);
    });

    it('says how many attempts jobs took', async () => {
      const scene = await start();
      await scene.driver.add('fine', {}, { attempts: 3 });
      await scene.driver.add('flaky', {}, { attempts: 3 });
      await scene.driver.add('dead', {}, { attempts: 3 });
      await scene.driver.process(async ({ name: kind, attempt }) => {
        if (kind === 'dead' || (kind === 'flaky' && attempt === 1)) throw new Error(kind);
      });
      await scene.ended(6);
      const attempts = (jobName: string, outcome: Outcome) =>
        scene.sum('job.attempts', { 'job.name': jobName, 'job.outcome': outcome });
      expect([attempts('fine', 'completed'), attempts('flaky', 'completed'), attempts('dead', 'failed')]).toEqual([
        1, 2, 3,
      ]);
      expect(scene.memory.value('job.attempts')).toBe(3);
    });

    it('says how far jobs are', async () => {
      const scene = await start();
      await scene.driver.add('long', {});
      await scene.driver.process(async ({ progress }) => progress(0.4));
      await scene.ended(1);
      await vi.waitFor(async () => {
        await scene.telemetry.flush();
        expect(scene.memory.value('job.progress', { 'job.name': 'long' })).toBe(0.4);
      }, TIMEOUT);
    });

    it.runIf(linkAbove > 0)('ends the trace of a span that sends more jobs than a trace should have', async () => {
      const scene = await start();
      const { driver, telemetry } = scene;
      await telemetry.span('fan out', async () => {
        for (let i = 0; i < linkAbove + 2; i++) await driver.add('greet', {});
      });
      await driver.process(async () => 'hello', { concurrency: 4 });
      await scene.ended(linkAbove + 2);
      const linked = scene.spans('process').filter(({ links }) => links.length > 0);
      expect(linked).toHaveLength(2);
      expect(linked.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
      const [root] = scene.memory.spans.filter((span) => span.name === 'fan out');
      expect(scene.spans('process').filter(({ traceId }) => traceId === root?.traceId)).toHaveLength(linkAbove);
    });

    it.runIf(has('delayed'))('keeps a delayed job in its trace', async () => {
      const scene = await start();
      await scene.driver.process(async () => 'hello');
      await scene.driver.add('later', {}, { delay: 0.2 });
      await scene.ended(1);
      expectPartOf(scene.spans('send')[0], scene.spans('process'));
    });

    it.runIf(has('delayed'))('does not count back-off as waiting, nor the delay before it', async () => {
      const scene = await start();
      await scene.driver.process(async ({ attempt }) => {
        if (attempt === 1) throw new Error('not yet');
      });
      const added = performance.now();
      await scene.driver.add('flaky', {}, { delay: 0.5, attempts: 2, backoff: 0.5 });
      await scene.ended(2);
      expect(performance.now() - added).toBeGreaterThan(950);
      expect(scene.memory.value('job.wait.duration')).toBe(2);
      expect(scene.sum('job.wait.duration')).toBeLessThan(0.48);
    });

    it.runIf(has('prioritized'))('keeps jobs that overtake others in their traces', async () => {
      const scene = await start();
      await scene.driver.add('low', {}, { priority: 10 });
      await scene.driver.add('high', {}, { priority: 1 });
      await scene.driver.process(async () => 'hello');
      await scene.ended(2);
      const [low, high] = scene.spans('send');
      const [first, second] = scene.spans('process');
      expect([first, second].map((span) => span?.attributes['job.name'])).toEqual(['high', 'low']);
      expectPartOf(high, first ? [first] : []);
      expectPartOf(low, second ? [second] : []);
    });

    it.runIf(has('deduplicated'))('counts a job that is there already once, and does it once', async () => {
      const scene = await start();
      for (let i = 0; i < 3; i++) await scene.driver.add('once', {}, { deduplicate: 'the-same' });
      await scene.driver.process(async () => 'hello');
      await scene.ended(1, { sent: 3 });
      expect(scene.memory.value('job.enqueued')).toBe(1);
      expectPartOf(scene.spans('send')[0], scene.spans('process'));
    });

    describe.runIf(has('bulk'))('with jobs in bulk', () => {
      const bulk = (length: number) =>
        Array.from({ length }, (_, i) => ({ name: i % 2 === 0 ? 'even' : 'odd', data: {} }));

      it('counts each, and has them in the trace of the one span that sent them', async () => {
        const scene = await start();
        await scene.driver.addBulk?.(bulk(3));
        await scene.driver.process(async () => 'hello');
        await scene.ended(3, { sent: 1 });
        expect(scene.memory.value('job.enqueued', { 'job.name': 'even' })).toBe(2);
        expect(scene.memory.value('job.enqueued', { 'job.name': 'odd' })).toBe(1);
        const [sent] = scene.spans('send');
        expect(sent?.attributes['messaging.batch.message_count']).toBe(3);
        expectPartOf(sent, scene.spans('process'));
      });

      it('carries baggage with each', async () => {
        const scene = await start();
        expect(await scene.baggageOf(2, () => scene.driver.addBulk?.(bulk(2)))).toEqual(Array(2).fill('tenant=acme'));
      });

      it('links them when they are too many for one trace', async () => {
        const scene = await start();
        await scene.driver.addBulk?.(bulk(linkAbove + 1));
        await scene.driver.process(async () => 'hello', { concurrency: 4 });
        await scene.ended(linkAbove + 1, { sent: 1 });
        expectLinkedTo(scene.spans('send')[0], scene.spans('process'));
      });
    });

    describe.runIf(has('flow'))('with jobs that wait for others', () => {
      it('has all of them in the trace of the one span that sent them, with options or without', async () => {
        const scene = await start();
        await scene.driver.addFlow?.({
          name: 'grandparent',
          children: [
            {
              name: 'parent',
              options: { attempts: 1 },
              children: [{ name: 'child' }, { name: 'child', options: { attempts: 1 } }],
            },
            { name: 'child' },
          ],
        });
        await scene.driver.process(async () => 'hello');
        await scene.ended(5, { sent: 1 });
        const [sent] = scene.spans('send');
        expect(sent?.attributes).toMatchObject({ 'messaging.batch.message_count': 5, 'job.name': 'grandparent' });
        expectPartOf(sent, scene.spans('process'));
        expect(scene.spans('process').map(({ attributes }) => attributes['job.name'])).toEqual([
          ...['child', 'child', 'child'],
          ...['parent', 'grandparent'],
        ]);
        expect(scene.memory.value('job.enqueued', { 'job.queue': scene.driver.queue, 'job.name': 'child' })).toBe(3);
        expect(scene.memory.value('job.enqueued')).toBe(5);
      });

      it('does not count the time that children take as waiting of their parents', async () => {
        const scene = await start();
        await scene.driver.addFlow?.({ name: 'parent', children: [{ name: 'child' }] });
        await scene.driver.process(async ({ name: job }) => {
          const begun = performance.now();
          if (job === 'child') await vi.waitFor(() => expect(performance.now() - begun).toBeGreaterThan(300), TIMEOUT);
        });
        await scene.ended(2, { sent: 1 });
        expect(scene.memory.value('job.wait.duration')).toBe(1);
        expect(scene.memory.value('job.wait.duration', { 'job.name': 'child' })).toBe(1);
      });

      it('carries baggage with each, with options or without', async () => {
        const scene = await start();
        const flow = { name: 'parent', children: [{ name: 'child' }, { name: 'child', options: { attempts: 1 } }] };
        expect(await scene.baggageOf(3, () => scene.driver.addFlow?.(flow))).toEqual(Array(3).fill('tenant=acme'));
      });

      it('links them when they are too many for one trace', async () => {
        const scene = await start();
        const children = Array.from({ length: linkAbove }, () => ({ name: 'child' }));
        await scene.driver.addFlow?.({ name: 'parent', children });
        await scene.driver.process(async () => 'hello', { concurrency: 4 });
        await scene.ended(linkAbove + 1, { sent: 1 });
        expectLinkedTo(scene.spans('send')[0], scene.spans('process'));
      });

      it('says what went wrong when they cannot be added', async () => {
        const scene = await start();
        const circle: Record<string, unknown> = {};
        circle.self = circle;
        await expect(
          scene.driver.addFlow?.({ name: 'parent', children: [{ name: 'child', data: circle }] }),
        ).rejects.toThrow(TypeError);
        await scene.telemetry.flush();
        expect(scene.spans('send')).toMatchObject([{ status: 'error', attributes: { 'error.type': 'TypeError' } }]);
        expect(scene.memory.value('job.enqueued')).toBeUndefined();
      });
    });

    describe.runIf(has('scheduler'))('with jobs that come again and again', () => {
      it('makes each a trace of its own, linked to what asked for it', async () => {
        const scene = await start();
        const { driver, telemetry } = scene;
        const request = telemetry.request({ method: 'POST', headers: { baggage: 'tenant=acme' } });
        await request.run(() => driver.schedule?.('tick', { every: 0.2, times: 4 }));
        request.end({ status: 201 });
        const baggage: unknown[] = [];
        // Worker and jobs are not part of the trace in which the worker is made.
        await telemetry.span('start up', async () => {
          await driver.process(async () => {
            const carrier: Record<string, unknown> = {};
            telemetry.inject(carrier);
            baggage.push(carrier.baggage);
          });
        });
        await scene.ended(4, { sent: 1 });
        expectLinkedTo(scene.spans('send')[0], scene.spans('process'));
        expect(new Set(scene.spans('process').map(({ traceId }) => traceId)).size).toBe(4);
        expect(scene.memory.value('job.enqueued', { 'job.name': 'tick' })).toBe(4);
        expect(scene.memory.value('job.wait.duration')).toBe(4);
        expect(scene.sum('job.wait.duration')).toBeLessThan(0.4);
        expect(baggage).toEqual(Array(4).fill('tenant=acme'));
        // The request, what it sent, four attempts, and what the worker was made in.
        expect(scene.memory.spans).toHaveLength(7);
      });
    });
  });
}

/** A driver and what it has made telemetry say. */
class Scene {
  readonly telemetry: Telemetry;
  readonly memory: MemoryExporter;
  readonly driver: JobDriver;

  constructor(telemetry: Telemetry, memory: MemoryExporter, driver: JobDriver) {
    this.telemetry = telemetry;
    this.memory = memory;
    this.driver = driver;
  }

  /** Waits until this many attempts have ended, and none runs. `sent`: how many `send` spans there are; one per job unless given. */
  async ended(attempts: number, { sent }: { readonly sent?: number } = {}): Promise<void> {
    await vi.waitFor(async () => {
      await this.telemetry.flush();
      expect(this.memory.value('job.duration') ?? 0).toBeGreaterThanOrEqual(attempts);
      expect(this.memory.value('job.active')).toBe(0);
    }, TIMEOUT);
    // Spans of what put the jobs into the queue end in their own time.
    await vi.waitFor(async () => {
      await this.telemetry.flush();
      expect(this.spans('send').length).toBe(sent ?? this.memory.value('job.enqueued'));
    }, TIMEOUT);
    expect(this.memory.value('job.duration')).toBe(attempts);
  }

  /** How many attempts ended how. */
  outcomes(): Partial<Record<Outcome, number>> {
    const outcomes: Outcome[] = ['completed', 'failed', 'retried', 'aborted'];
    const counts = outcomes.map((outcome) => [outcome, this.memory.value('job.duration', { 'job.outcome': outcome })]);
    return Object.fromEntries(counts.filter(([, count]) => count !== undefined));
  }

  /** The baggage of the attempts at jobs that are sent by a request with `tenant=acme`. */
  async baggageOf(attempts: number, send: () => Promise<unknown> | undefined): Promise<unknown[]> {
    const { telemetry, driver } = this;
    const baggage: unknown[] = [];
    const request = telemetry.request({ method: 'POST', headers: { baggage: 'tenant=acme' } });
    await request.run(send);
    request.end({ status: 201 });
    await driver.process(async () => {
      const carrier: Record<string, unknown> = {};
      telemetry.inject(carrier);
      baggage.push(carrier.baggage);
    });
    await this.ended(attempts, { sent: 1 });
    return baggage;
  }

  /** Sum of what a histogram was given. */
  sum(name: string, attributes: Attributes = {}): number {
    const metric = this.memory.metric(name);
    if (metric?.type !== 'histogram') throw new Error(`"${name}" is no histogram`);
    const points = metric.points.filter((point) =>
      Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
    );
    return points.reduce((total, point) => total + point.sum, 0);
  }

  /** The spans of one side of the queue, in the order in which they ended. */
  spans(type: 'send' | 'process'): readonly FinishedSpan[] {
    return this.memory.spans.filter((span) => span.name === `${type} ${this.driver.queue}`);
  }
}

function expectPartOf(sent: FinishedSpan | undefined, processed: readonly FinishedSpan[]): void {
  expect(processed.length).toBeGreaterThan(0);
  for (const { traceId, parentSpanId, links } of processed) {
    expect({ traceId, parentSpanId, links }).toEqual({ traceId: sent?.traceId, parentSpanId: sent?.spanId, links: [] });
  }
}

function expectLinkedTo(sent: FinishedSpan | undefined, processed: readonly FinishedSpan[]): void {
  expect(processed.length).toBeGreaterThan(0);
  for (const { traceId, parentSpanId, links } of processed) {
    expect(parentSpanId).toBeUndefined();
    expect(traceId).not.toBe(sent?.traceId);
    expect(links).toMatchObject([{ context: { traceId: sent?.traceId, spanId: sent?.spanId } }]);
  }
}
