import { EventEmitter } from 'node:events';
import type { IQueueBackend, JobJson, MinimalJob } from 'bullmq';

type Next = [job: JobJson | undefined, id: string | undefined, limitDelay: number, delayUntil: number];

interface Waiting {
  readonly id: string;
  /** As a database would keep it. */
  readonly text: string;
}

const NOTHING: Next = [undefined, undefined, 0, 0];

/**
 * As much of a BullMQ backend as jobs need that are added, processed and completed, kept in this process: `Queue`, `Worker` and `Job` are
 * BullMQ's own, and what they cost is not lost in what a database driver costs.
 */
export class MemoryBackend extends EventEmitter {
  readonly minimumBlockTimeout = 0.001;
  readonly closing = undefined;
  readonly keys = {};
  readonly qualifiedName: string;
  private readonly state: QueueState;

  constructor(name: string, state: QueueState) {
    super();
    this.qualifiedName = `bull:${name}`;
    this.state = state;
  }

  /** For `withBackend`. */
  static factory(): (name: string) => IQueueBackend {
    const state: QueueState = { waiting: [], nextId: 1, wake: undefined };
    return (name) => new MemoryBackend(name, state) as unknown as IQueueBackend;
  }

  toKey(type: string): string {
    return `${this.qualifiedName}:${type}`;
  }

  clientName(suffix = ''): string {
    return this.qualifiedName + suffix;
  }

  async addJob(job: JobJson): Promise<string> {
    await answer();
    const id = `${this.state.nextId++}`;
    this.state.waiting.push({ id, text: JSON.stringify(job) });
    this.state.wake?.();
    return id;
  }

  async moveToActive(): Promise<Next> {
    await answer();
    return this.next();
  }

  async moveToCompleted(_job: MinimalJob, value: unknown, _remove: unknown, _token: string, fetchNext: boolean) {
    JSON.stringify(value);
    await answer();
    return { result: fetchNext ? this.next() : undefined, finishedOn: Date.now() };
  }

  async waitForJob(): Promise<{ member: string; score: number }> {
    const { state } = this;
    if (state.waiting.length === 0) {
      await new Promise<void>((resolve) => {
        state.wake = resolve;
      });
      state.wake = undefined;
    }
    return { member: '0', score: 0 };
  }

  async waitUntilReady(): Promise<void> {}
  async setName(): Promise<void> {}
  async setQueueMeta(): Promise<number> {
    return 0;
  }
  async moveStalledJobsToWait(): Promise<string[]> {
    return [];
  }
  async extendLocks(): Promise<string[]> {
    return [];
  }

  private next(): Next {
    const waiting = this.state.waiting.shift();
    if (waiting === undefined) return NOTHING;
    return [{ ...(JSON.parse(waiting.text) as JobJson), processedOn: Date.now() }, waiting.id, 0, 0];
  }
}

/** A database answers in another turn of the event loop. */
function answer(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a queue and its worker share. */
interface QueueState {
  readonly waiting: Waiting[];
  nextId: number;
  wake: (() => void) | undefined;
}
