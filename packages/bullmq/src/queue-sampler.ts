import { setTimeout } from 'node:timers/promises';
import {
  checkKeys,
  messageOf,
  type QueueObserver,
  type QueueSample,
  type Telemetry,
  TelemetryError,
} from '@telltale/core';
import { ownLease } from './own-lease.ts';
import { oldestReady, overdueIn } from './queue-ends.ts';
import type { SampleLease } from './sample-lease.ts';
import type { SampledQueue } from './sampled-queue.ts';

export interface SampleOptions {
  /** Seconds between two looks; default 15, at least 1. */
  readonly every?: number;
  /** Whether workers are counted, for which BullMQ asks its store for all of its clients; default true, every fourth look or less often. */
  readonly workers?: boolean;
  /** The limiter of the queue's workers, as they have it: the queue does not know it. Global and manual limits are seen without. */
  readonly limiter?: { readonly max: number };
  /**
   * Which of several processes looks: asked before each look, by the one that does before every third. Default: one of them, settled in the
   * queue's own store by a key or row beside BullMQ's. `false`: each process looks.
   */
  readonly lease?: SampleLease | false;
}

const DEFAULT_EVERY = 15;
const LOOKS_PER_COUNT_OF_WORKERS = 4;
/** A lease lasts for so many looks, and is asked for at every third one: one may be missed without the queue changing hands. */
const LOOKS_PER_LEASE = 4.5;
const LOOKS_PER_ASKING = 3;
/** Milliseconds for which a queue that is closed waits for its lease to be given up. */
const MAX_GIVE_UP = 1000;

/** As BullMQ writes it where Redis has no names for clients. https://docs.bullmq.io/guide/redis-tm-hosting */
const NO_CLIENT_LIST = 'GCP does not support client list';

const STATES = ['active', 'completed', 'delayed', 'failed', 'paused', 'prioritized', 'waiting', 'waiting-children'];

/** What the limiter of a queue says when someone has limited it by hand is larger; what it counts jobs to is smaller. */
const BY_HAND = 2 ** 31 - 1;

/** Looks at a queue now and then. Whatever the queue does, nothing here throws or piles up: without an answer the numbers go, and come back with it. */
export class QueueSampler {
  private readonly queue: SampledQueue;
  private readonly telemetry: Telemetry;
  private readonly observer: QueueObserver;
  private readonly every: number;
  private readonly max: number | undefined;
  private readonly lease: SampleLease | undefined;
  private readonly countsWorkers: boolean;
  private cancel: (() => void) | undefined = undefined;
  private looks = 0;
  private workers: number | undefined = undefined;
  /** Milliseconds since 1970; NaN when the last look gave nothing. */
  private lastLook = Number.NaN;
  private holdsLease = false;
  /** Before the lease is asked for again. */
  private looksLeft = 0;
  /** Whether the last look found jobs that are being worked on. */
  private hasActive = false;

  constructor(queue: SampledQueue, telemetry: Telemetry, observer: QueueObserver, options: SampleOptions = {}) {
    checkKeys('observeQueue: sample', options, ['every', 'workers', 'limiter', 'lease']);
    const { every = DEFAULT_EVERY, workers = true, limiter, lease } = options;
    if (typeof every !== 'number' || !(every >= 1)) {
      throw invalid('every', every, 'a number of seconds, 1 or more');
    }
    if (typeof workers !== 'boolean') throw invalid('workers', workers, 'true or false');
    if (limiter !== undefined && !(typeof limiter?.max === 'number' && limiter.max >= 1)) {
      throw invalid('limiter', limiter, 'the limiter of the workers, such as { max: 100 }');
    }
    if (lease !== undefined && lease !== false && typeof lease !== 'function') {
      throw invalid('lease', lease, 'a function, such as redisLease(connection), or false');
    }
    this.queue = queue;
    this.telemetry = telemetry;
    this.observer = observer;
    this.every = every;
    this.max = limiter?.max;
    this.lease = lease === undefined ? ownLease(queue, telemetry) : lease || undefined;
    this.countsWorkers = workers;
  }

  start(): void {
    // Not a queue that has anything to see.
    if (typeof this.queue.getJobCounts !== 'function') return;
    this.cancel = this.telemetry.every(this.every, (signal) => this.sample(signal));
  }

  /** Resolves when someone else may look at the queue, and not later than after a second. `undefined`: at once. */
  stop(): Promise<void> | undefined {
    this.cancel?.();
    this.cancel = undefined;
    this.observer.release();
    return this.holdsLease ? this.giveUpLease() : undefined;
  }

  /** So that the next one need not wait until it is over. */
  private async giveUpLease(): Promise<void> {
    this.holdsLease = false;
    const given = Promise.resolve(this.lease?.(this.leased, 0)).catch(() => undefined); // it goes by itself
    await Promise.race([given, setTimeout(MAX_GIVE_UP, undefined, { ref: false })]);
  }

  private get leased(): string {
    return this.queue.qualifiedName ?? this.queue.name;
  }

  private async mayLook(): Promise<boolean> {
    if (this.lease === undefined) return true;
    if (this.looksLeft > 0) {
      this.looksLeft--;
      return true;
    }
    this.holdsLease = await this.lease(this.leased, this.every * LOOKS_PER_LEASE);
    this.looksLeft = this.holdsLease ? LOOKS_PER_ASKING - 1 : 0;
    return this.holdsLease;
  }

  private async sample(signal: AbortSignal): Promise<void> {
    const { observer } = this;
    if (this.queue.closing !== undefined) {
      void this.stop();
      return;
    }
    if (!observer.claim()) return;
    signal.addEventListener('abort', () => this.late(signal), { once: true });
    try {
      const sample = (await this.mayLook()) ? await this.look() : undefined;
      // What took longer than the time to the next look is old.
      this.tell(signal.aborted ? undefined : sample);
    } catch (error) {
      this.tell(undefined);
      if (this.isOver(signal)) return;
      this.telemetry.problem(
        'queue sampling failed',
        () =>
          `The queue "${this.queue.name}" could not be looked at (${messageOf(error)}); what is known of it is left out until it can be. ` +
          'This is told once, for all queues.',
      );
    }
  }

  private late(signal: AbortSignal): void {
    this.tell(undefined);
    if (this.isOver(signal)) return;
    this.telemetry.problem(
      'queue sampling slow',
      () =>
        `Looking at the queue "${this.queue.name}" took more than ${this.every} s; what is known of it is left out until it takes less. ` +
        'This is told once, for all queues. See whether its store answers, or set sample.every higher.',
    );
  }

  /** Someone closed the queue or ended telemetry: nothing is wrong. */
  private isOver(signal: AbortSignal): boolean {
    return this.cancel === undefined || this.queue.closing !== undefined || signal.reason?.name === 'AbortError';
  }

  private tell(sample: QueueSample | undefined): void {
    if (sample === undefined) this.lastLook = Number.NaN;
    this.observer.sampled(sample);
  }

  private async look(): Promise<QueueSample> {
    const { queue } = this;
    const now = Date.now();
    // All at once: the store answers one after the other, in one trip.
    const [counts, meta, workers] = await Promise.all([
      queue.getJobCounts(...STATES),
      typeof queue.getMeta === 'function' ? queue.getMeta() : queue.isPaused().then((paused) => ({ paused })),
      this.countWorkers(),
    ]);
    // In Redis BullMQ 6 does not tell the jobs of a paused queue from others, in Postgres and before it does.
    const { paused = 0, waiting = 0, ...rest } = counts;
    const depth = { waiting: waiting + paused, ...rest };
    this.hasActive = (rest.active ?? 0) > 0;
    const overdue = await overdueIn(queue, rest.delayed ?? 0, now);
    const oldest = await oldestReady(queue, depth, overdue, now);
    const held = depth.waiting + (rest.prioritized ?? 0) + overdue;
    await this.countLimit(held, ('max' in meta ? meta.max : undefined) ?? this.max ?? BY_HAND, now);
    return {
      depth,
      overdue,
      ...(oldest !== undefined && { oldestAge: oldest }),
      ...(workers !== undefined && { workers }),
      paused: meta.paused === true,
    };
  }

  private async countWorkers(): Promise<number | undefined> {
    const { queue } = this;
    if (!this.countsWorkers || typeof queue.getWorkers !== 'function') return undefined;
    const isWrong = this.workers === 0 && this.hasActive;
    if (this.looks++ % LOOKS_PER_COUNT_OF_WORKERS === 0 || isWrong) {
      await this.observer.sparingly(async () => {
        const workers = await queue.getWorkers?.();
        this.workers = workers?.[0]?.name === NO_CLIENT_LIST ? undefined : workers?.length;
      });
    }
    return this.workers;
  }

  /** A look that finds jobs held back by a limit stands for the time since the look before it. */
  private async countLimit(held: number, max: number, now: number): Promise<void> {
    const before = this.lastLook;
    const ttl = held > 0 ? await this.queue.getRateLimitTtl?.(max) : 0;
    this.lastLook = now;
    if (ttl !== undefined && ttl > 0 && !Number.isNaN(before)) this.observer.rateLimited((now - before) / 1000);
  }
}

function invalid(option: string, value: unknown, mend: string): TelemetryError {
  const shown = typeof value === 'number' ? String(value) : typeof value;
  return new TelemetryError('ERR_OPTION', `observeQueue: sample.${option} is ${shown}; give ${mend}.`);
}
