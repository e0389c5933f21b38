import { errorMonitor } from 'node:events';
import type { PoolWorker, WorkerPool, WorkTime } from '@telltale/core';
import { hasLoop, ThreadLoop } from './thread-loop.ts';

/** What is needed of a `Worker` of node:worker_threads. */
export interface ObservableThread {
  readonly threadId: number;
  once(event: 'exit', listener: () => void): unknown;
}

/** A thread as it was when it was first seen. */
interface Member {
  readonly loop: ThreadLoop | undefined;
  readonly worker: PoolWorker | undefined;
}

/** `threadId` of a thread that has ended. */
const ENDED = -1;

/** The threads of a pool, as they come and go. */
export class ThreadWatch {
  private readonly pool: WorkerPool;
  private readonly perWorker: boolean;
  private readonly onExit: () => void;
  private readonly members = new Map<ObservableThread, Member>();
  /** Those whose end will be told. */
  private readonly followed = new WeakSet<ObservableThread>();
  /** Of those that left. */
  private past: WorkTime = { worked: 0, total: 0 };

  constructor(pool: WorkerPool, perWorker: boolean, onExit: () => void) {
    this.pool = pool;
    this.perWorker = perWorker;
    this.onExit = onExit;
  }

  get size(): number {
    return this.members.size;
  }

  /** Takes notice of those that are there now. */
  look(threads: Iterable<ObservableThread>): void {
    const present = new Set(threads);
    for (const thread of present) if (!this.members.has(thread) && thread.threadId !== ENDED) this.join(thread);
    for (const thread of this.members.keys()) if (!present.has(thread)) this.leave(thread);
  }

  /** How long their event loops were busy since they were first seen. */
  time(): WorkTime {
    let { worked, total } = this.past;
    for (const { loop } of this.members.values()) {
      if (loop === undefined) continue;
      const time = loop.time();
      worked += time.worked;
      total += time.total;
    }
    return { worked, total };
  }

  private join(thread: ObservableThread): void {
    const looping = loopOf(thread);
    const loop = looping && new ThreadLoop(looping);
    const worker =
      this.perWorker && loop ? this.pool.worker({ 'thread.id': thread.threadId }, () => loop.time()) : undefined;
    this.members.set(thread, { loop, worker });
    if (this.followed.has(thread)) return;
    this.followed.add(thread);
    let failure: unknown;
    // Seen, not handled: an error that nobody handles still ends the process.
    (thread as unknown as { once(event: string | symbol, listener: (error: unknown) => void): unknown }).once(
      errorMonitor,
      (error) => {
        failure = error;
      },
    );
    thread.once('exit', () => {
      this.leave(thread);
      this.pool.exited(failure);
      this.onExit();
    });
  }

  private leave(thread: ObservableThread): void {
    const member = this.members.get(thread);
    if (member === undefined) return;
    this.members.delete(thread);
    member.worker?.left();
    const time = member.loop?.time();
    if (time === undefined) return;
    this.past = { worked: this.past.worked + time.worked, total: this.past.total + time.total };
  }
}

/** Tinypool keeps the thread within an object of its own. */
function loopOf(thread: ObservableThread): ConstructorParameters<typeof ThreadLoop>[0] | undefined {
  if (hasLoop(thread)) return thread;
  const { thread: inner } = thread as { readonly thread?: unknown };
  return typeof inner === 'object' && inner !== null && hasLoop(inner) ? inner : undefined;
}
