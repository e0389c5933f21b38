import type { PoolWorker, WorkerPool } from '@telltale/core';

/** What piscina tells of a thread when it is made. */
interface WorkerInfo {
  readonly id: number;
  readonly currentUsage: number;
  readonly destroyed: boolean;
}

/** A pool that tells of its threads. */
export interface TellingPool {
  on(event: string, listener: (info: WorkerInfo) => void): unknown;
}

/** Which threads of a piscina pool are busy: asked whenever a task has begun or ended. */
export class WorkerUsage {
  private readonly pool: WorkerPool;
  private readonly workers = new Map<WorkerInfo, PoolWorker>();
  private asked = false;

  constructor(pool: WorkerPool, source: TellingPool) {
    this.pool = pool;
    source.on('workerCreate', (info) => {
      this.workers.set(info, pool.worker({ 'thread.id': info.id }));
      this.changed();
    });
    source.on('workerDestroy', () => this.changed());
  }

  /** How many threads are known: those that were made before the pool was observed are not. */
  get size(): number {
    return this.workers.size;
  }

  /** Something has begun or ended. The pool itself knows of it a moment later. */
  changed(): void {
    if (this.asked) return;
    this.asked = true;
    queueMicrotask(() => {
      this.asked = false;
      this.look();
    });
  }

  close(): void {
    for (const worker of this.workers.values()) worker.left();
    this.workers.clear();
  }

  private look(): void {
    for (const [info, worker] of this.workers) {
      if (info.destroyed || this.pool.isClosed) {
        worker.left();
        this.workers.delete(info);
      } else worker.busy(info.currentUsage > 0);
    }
  }
}
