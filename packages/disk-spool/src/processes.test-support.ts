import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExporterHealth } from '@telltale/core';
import { BackendServer } from '@telltale-internal/backends';
import { onTestFinished } from 'vitest';
import type { ProgramOptions, Sent } from './programs.test-support.ts';

const PROGRAM = fileURLToPath(new URL('./programs.test-support.ts', import.meta.url));

export interface TestBackend {
  readonly server: BackendServer;
  /** What it took, in order. */
  readonly taken: readonly Sent[];
  readonly values: readonly number[];
  readonly names: readonly string[];
}

export async function openBackend(): Promise<TestBackend> {
  const taken: Sent[] = [];
  const server = await BackendServer.open({
    handle: ({ body }) => {
      taken.push(JSON.parse(body.toString()) as Sent);
      return { status: 200 };
    },
  });
  onTestFinished(() => server.close());
  return {
    server,
    taken,
    get values() {
      return taken.flatMap(({ values = [] }) => values);
    },
    get names() {
      return taken.flatMap(({ names = [] }) => names);
    },
  };
}

interface Said {
  readonly ready?: boolean;
  readonly answer?: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process that runs the program beside this file. */
export class TestProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private readonly questions = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private asked = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.ended = once(child, 'close').then(() => {
      for (const { reject } of this.questions.values()) reject(new Error('the process ended'));
    });
    child.on('message', ({ answer, value, error }: Said) => {
      if (answer === undefined) return;
      const question = this.questions.get(answer);
      this.questions.delete(answer);
      if (error === undefined) question?.resolve(value);
      else question?.reject(new Error(error));
    });
  }

  /** Resolves when it is up. */
  static async start(options: ProgramOptions): Promise<TestProcess> {
    const child = fork(PROGRAM, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const started = new TestProcess(child);
    const failed = started.ended.then(() => Promise.reject(new Error('the process ended before it was up')));
    await Promise.race([once(child, 'message'), failed]);
    failed.catch(() => {});
    return started;
  }

  call<T = unknown>(call: string, ...args: readonly unknown[]): Promise<T> {
    const question = ++this.asked;
    return new Promise<T>((resolve, reject) => {
      this.questions.set(question, { resolve: (value) => resolve(value as T), reject });
      this.child.send({ question, call, args }, (error) => error && reject(error));
    });
  }

  health(): Promise<ExporterHealth> {
    return this.call('health');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** As the kernel does it, or an impatient orchestrator. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
