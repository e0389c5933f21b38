import { type Attributes, createTelemetry, type FinishedSpan, type Outcome, type Telemetry } from '@telltale/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type MemoryExporter, memoryExporter } from './memory-exporter.ts';

/** A job as the handler sees it. */
export interface JobUnderTest {
  readonly name: string;
  readonly data: unknown;
  /** From 1. */
  readonly attempt: number;
}

export interface JobDriverOptions {
  /** How often the job is tried; 1 unless given. The next try follows at once. */
  readonly attempts?: number;
  /** Seconds before which the job is not to be taken up. */
  readonly delay?: number;
  /** The queue forgets the job once it is completed. */
  readonly removeOnComplete?: boolean;
}

/** One empty queue of a job library with the adapter in place, on both sides of the queue. */
export interface JobDriver {
  /** What `job.queue` is expected to be. */
  readonly queue: string;
  /** Puts a job into the queue. */
  add(name: string, data: unknown, options?: JobDriverOptions): Promise<unknown>;
  /** Starts a worker that calls the handler; what the handler throws is the job's failure. Called once at most. */
  process(
    handler: (job: JobUnderTest) => Promise<unknown>,
    options?: { readonly concurrency?: number },
  ): Promise<unknown> | undefined;
  /** Ends the worker, then the queue. */
  close(): Promise<void>;
}

export interface JobAdapterSuiteOptions {
  /** `BullMQ 6 on Redis`. */
  readonly name: string;
  readonly create: (telemetry: Telemetry) => JobDriver | Promise<JobDriver>;
}

const TIMEOUT = { timeout: 20_000, interval: 20 };

/** The tests that every adapter of a job queue passes. Call it at the top of a test file of vitest, or in a `describe`. */
export function jobAdapterSuite({ name, create }: JobAdapterSuiteOptions): void {
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
      await scene.driver.add('later', {}, { delay: 2 });
      await scene.ended(1);
      expect(performance.now() - added).toBeGreaterThan(1900);
      expect(scene.memory.value('job.wait.duration')).toBe(1);
      expect(scene.sum('job.wait.duration')).toBeGreaterThanOrEqual(0);
      expect(scene.sum('job.wait.duration')).toBeLessThan(1.9);
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

    it('makes each failed attempt a span of its own with its error, in the same trace', async () => {
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
        traceId: sent?.traceId,
        parentSpanId: sent?.spanId,
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
        {
          status: 'unset',
          traceId: sent?.traceId,
          attributes: { 'job.attempt': 3, 'job.outcome': 'completed' },
          events: [],
        },
      ]);
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

  /** Waits until this many attempts have ended, and none runs. */
  async ended(attempts: number): Promise<void> {
    await vi.waitFor(async () => {
      await this.telemetry.flush();
      expect(this.memory.value('job.duration') ?? 0).toBeGreaterThanOrEqual(attempts);
      expect(this.memory.value('job.active')).toBe(0);
    }, TIMEOUT);
    // Spans of what put the jobs into the queue end in their own time.
    await vi.waitFor(async () => {
      await this.telemetry.flush();
      expect(this.spans('send').length).toBe(this.memory.value('job.enqueued'));
    }, TIMEOUT);
    expect(this.memory.value('job.duration')).toBe(attempts);
  }

  /** How many attempts ended how. */
  outcomes(): Partial<Record<Outcome, number>> {
    const outcomes: Outcome[] = ['completed', 'failed', 'retried', 'aborted'];
    const counts = outcomes.map((outcome) => [outcome, this.memory.value('job.duration', { 'job.outcome': outcome })]);
    return Object.fromEntries(counts.filter(([, count]) => count !== undefined));
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
