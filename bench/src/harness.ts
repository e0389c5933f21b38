import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from './child.ts';
import type { Experiment, Figures } from './experiment.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** The young generation has the size from the start that a busy service reaches after a while, so rounds are alike. */
const NODE_FLAGS = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16', '--no-warnings'];

const LAUNCHES = 3;
const ROUNDS = 12;

/** Per program its figures, round by round: those with the same number were measured within the same moments. */
export interface Measured {
  readonly figures: ReadonlyMap<string, readonly Figures[]>;
  /** Programs that could not run, and why. */
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * Measures programs of an experiment. Each runs in a process of its own; all are started and warmed up, and then take turns: A B C A B C …,
 * so that whatever else the machine does hits all alike. Then again with new processes, since no two compile the same code alike.
 */
export async function measure(experiment: Experiment, names: readonly string[]): Promise<Measured> {
  const figures = new Map<string, Figures[]>(names.map((name) => [name, []]));
  const failures = new Map<string, string>();
  for (let launch = 0; launch < (experiment.launches ?? LAUNCHES); launch++) {
    const running = new Map<string, Worker>();
    const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
      await work().catch((error: unknown) => {
        failures.set(name, error instanceof Error ? error.message : String(error));
        running.get(name)?.end();
        running.delete(name);
      });
    };
    const start = async (name: string): Promise<void> => {
      const worker = await Worker.start(experiment, name);
      running.set(name, worker);
      await worker.ask('warm up');
    };
    const left = names.filter((name) => !failures.has(name));
    // Several at a time, as nothing is measured yet.
    const warmUp = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) await attempt(name, () => start(name));
    };
    await Promise.all(Array.from({ length: availableParallelism() }, warmUp));
    const turns: Request[] = Array.from({ length: experiment.rounds ?? ROUNDS }, () => 'round');
    for (const request of [...turns, 'bytes', 'bytes', 'bytes'] as const) {
      for (const [name, worker] of inOrder(names, running)) {
        await attempt(name, async () => {
          figures.get(name)?.push(await worker.ask(request));
        });
      }
    }
    await Promise.all([...running.values()].map((worker) => worker.end()));
  }
  return { figures, failures };
}

function inOrder(names: readonly string[], running: ReadonlyMap<string, Worker>): (readonly [string, Worker])[] {
  return names.flatMap((name) => {
    const worker = running.get(name);
    return worker === undefined ? [] : [[name, worker] as const];
  });
}

/** The process of one program. */
class Worker {
  private readonly child: ChildProcess;
  private output = '';

  private constructor(child: ChildProcess) {
    this.child = child;
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-4000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  static async start({ file }: Experiment, name: string): Promise<Worker> {
    const child = fork(CHILD, [file, name], { execArgv: NODE_FLAGS, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const worker = new Worker(child);
    await worker.answer();
    return worker;
  }

  ask(request: Request): Promise<Figures> {
    const answer = this.answer();
    this.child.send(request);
    return answer;
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }

  private async answer(): Promise<Figures> {
    const { promise, resolve, reject } = Promise.withResolvers<Figures>();
    const onMessage = (answer: Answer): void =>
      'error' in answer ? reject(new Error(answer.error)) : resolve(answer.figures);
    const onExit = (): void => reject(new Error(`the process ended:\n${this.output}`));
    this.child.once('message', onMessage).once('exit', onExit);
    try {
      return await promise;
    } finally {
      this.child.off('message', onMessage).off('exit', onExit);
    }
  }
}
