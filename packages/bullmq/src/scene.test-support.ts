import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTelemetry,
  type FinishedSpan,
  type Outcome,
  type Telemetry,
  type TelemetryOptions,
} from '@telltale/core';
import { memoryExporter } from '@telltale/testing';
import { requireService, startPostgres, startRedis } from '@telltale-internal/services';
import type { ConnectionOptions, FlowProducer, Job, Queue, Worker, WorkerOptions } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, vi } from 'vitest';
import { type Flavour, flavourOf, newQueueName } from './drivers.test-support.ts';
import {
  type BullmqTelemetryOptions,
  bullmqTelemetry,
  type ObserveQueueOptions,
  observeFlowProducer,
  observeQueue,
  observeWorker,
} from './index.ts';

// Programs that tests start read the sources of all packages, and that takes longer than what they do.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'telltale-compile-cache');

interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

const postgres = async (): Promise<Service> => {
  const { connectionString, stop } = await startPostgres();
  return { url: connectionString, stop };
};

const FLAVOURS = [
  { name: 'BullMQ 6 on Redis', service: 'redis', start: startRedis },
  { name: 'BullMQ 5 on Redis', service: 'redis', start: startRedis },
  { name: 'BullMQ 6 on Postgres', service: 'postgres', start: postgres },
] as const;

export interface SceneOptions {
  readonly telemetry?: Partial<TelemetryOptions>;
  readonly traces?: BullmqTelemetryOptions;
}

interface WorkerSettings extends Partial<WorkerOptions> {
  readonly traces?: boolean;
  readonly observed?: boolean;
}

interface QueueSettings extends ObserveQueueOptions {
  readonly connection?: ConnectionOptions;
  readonly traces?: boolean;
  readonly observed?: boolean;
}

/** The same tests for each version of BullMQ on each of its stores, or on Redis only. `newScene` is for within tests. */
export function onEachFlavour(
  title: string,
  define: (newScene: (options?: SceneOptions) => Scene, flavour: () => Flavour) => void,
  only?: 'redis',
): void {
  const flavours = FLAVOURS.filter(({ service }) => only === undefined || service === only);
  describe.each(flavours)('$name', ({ name, service, start }) => {
    describe.runIf(requireService(service))(title, () => {
      let flavour: Flavour;
      let stop: () => Promise<void>;
      const open: (() => Promise<unknown>)[] = [];

      beforeAll(async () => {
        const started: Service = await start();
        flavour = flavourOf(name, started.url);
        stop = started.stop;
      });
      afterAll(() => stop());
      afterEach(async () => {
        for (const close of open.splice(0).reverse()) await close();
      });

      define(
        (options = {}) => new Scene(flavour, options, open),
        () => flavour,
      );
    });
  });
}

/** Telemetry that remembers, and a queue and workers with as much of the adapter as asked for. */
export class Scene {
  readonly memory = memoryExporter();
  readonly name = newQueueName();
  readonly telemetry: Telemetry;
  readonly flavour: Flavour;
  /** What `onError` was told. */
  readonly problems: string[] = [];
  private readonly traces: BullmqTelemetryOptions | undefined;
  private readonly open: (() => Promise<unknown>)[];

  constructor(flavour: Flavour, { telemetry, traces }: SceneOptions, open: (() => Promise<unknown>)[]) {
    this.flavour = flavour;
    this.traces = traces;
    this.open = open;
    this.telemetry = createTelemetry({
      service: { name: 'test' },
      exporters: [this.memory],
      shutdown: { signals: false },
      onError: ({ message }) => this.problems.push(message),
      ...telemetry,
    });
    open.push(() => this.telemetry.shutdown());
  }

  // Functions, so that a test can take those it needs.

  readonly queue = ({ traces = true, observed = true, sample = false, connection }: QueueSettings = {}): Queue => {
    const queue = new this.flavour.Queue(this.name, { ...this.options(traces), ...(connection && { connection }) });
    queue.on('error', () => {});
    this.open.push(async () => {
      if (queue.closing !== undefined) return;
      await queue.obliterate({ force: true });
      await queue.close();
    });
    return observed ? observeQueue(queue, this.telemetry, { sample }) : queue;
  };

  readonly worker = (
    work: string | ((job: Job, token?: string) => Promise<unknown>),
    { traces = true, observed = true, ...rest }: WorkerSettings = {},
  ): Worker => {
    // The Postgres of the tests does not always say when there is something to do.
    const worker = new this.flavour.Worker(this.name, work, { ...this.options(traces), drainDelay: 0.5, ...rest });
    worker.on('error', () => {});
    this.open.push(() => worker.close());
    return observed ? observeWorker(worker, this.telemetry) : worker;
  };

  readonly flows = ({ traces = true, observed = true } = {}): FlowProducer => {
    const flows = new this.flavour.FlowProducer(this.options(traces));
    this.open.push(() => flows.close());
    return observed ? observeFlowProducer(flows, this.telemetry) : flows;
  };

  /** Has it ended with the test. */
  readonly closing = (close: () => Promise<unknown>): void => {
    this.open.push(close);
  };

  /** How many attempts ended how. */
  readonly outcomes = (): Partial<Record<Outcome, number>> => {
    const names: Outcome[] = ['completed', 'failed', 'retried', 'aborted'];
    const counts = names.map((outcome) => [outcome, this.memory.value('job.duration', { 'job.outcome': outcome })]);
    return Object.fromEntries(counts.filter(([, count]) => count !== undefined));
  };

  readonly spans = (type: 'send' | 'process'): readonly FinishedSpan[] =>
    this.memory.spans.filter(({ name }) => name === `${type} ${this.name}`);

  /** Waits until what was recorded satisfies `check`. */
  readonly until = (check: () => void, timeout = 20_000): Promise<void> =>
    vi.waitFor(
      async () => {
        await this.telemetry.flush();
        check();
      },
      { timeout, interval: 20 },
    );

  private options(traces: boolean) {
    const { connection } = this.flavour;
    return traces ? { connection, telemetry: bullmqTelemetry(this.telemetry, this.traces) } : { connection };
  }
}
