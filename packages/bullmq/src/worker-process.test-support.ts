import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from 'bullmq';
import type { FlavourName } from './drivers.test-support.ts';

export interface WorkerProgram {
  readonly flavour: FlavourName;
  /** Of Redis or Postgres. */
  readonly url: string;
  readonly queue: string;
  /** What the processor does: never ends, ends its process by SIGKILL, or holds the process for a second and then works on. */
  readonly does: 'hang' | 'die' | 'block';
  readonly options: Partial<WorkerOptions>;
}

/** What the program tells its parent. */
export interface WorkerNews {
  /** A job has begun. */
  readonly begun?: string;
  /** Sums of its metrics, by name. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** A worker in a process of its own, observed there. */
export class WorkerProcess {
  /** Names of the jobs that its processor has begun. */
  readonly begun: string[] = [];
  readonly exited: Promise<unknown>;
  private readonly child: ChildProcess;

  constructor(program: WorkerProgram) {
    const file = fileURLToPath(new URL('./worker-program.test-support.ts', import.meta.url));
    this.child = fork(file, [JSON.stringify(program)], { stdio: 'inherit', execArgv: ['--no-warnings'] });
    this.child.on('message', ({ begun }: WorkerNews) => {
      if (begun !== undefined) this.begun.push(begun);
    });
    this.exited = once(this.child, 'exit');
  }

  /** Sums of its metrics, by name. */
  metrics(): Promise<Readonly<Record<string, number>>> {
    const answer = new Promise<Readonly<Record<string, number>>>((resolve) => {
      const listener = ({ metrics }: WorkerNews): void => {
        if (metrics === undefined) return;
        this.child.off('message', listener);
        resolve(metrics);
      };
      this.child.on('message', listener);
    });
    this.child.send('metrics');
    return answer;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
