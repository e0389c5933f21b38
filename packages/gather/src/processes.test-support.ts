import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Exported, ProgramOptions } from './programs.test-support.ts';

const PROGRAM = fileURLToPath(new URL('./programs.test-support.ts', import.meta.url));

export interface TestProcess {
  readonly pid: number;
  /** Does one of the calls of the program there, and gives what it gives. Rejects when the process ends before. */
  call<T = unknown>(name: string, ...args: readonly unknown[]): Promise<T>;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What its exporter was handed. */
  readonly exported: Exported['exported'][];
  readonly problems: string[];
  /** Resolves once `isThere` is true of what the process said. */
  until(isThere: () => boolean): Promise<void>;
}

/** A place for the sockets of one test, away with it. */
export function testPlace(): NodeJS.ProcessEnv {
  // Short, as sockets want it.
  const folder = mkdtempSync(join(tmpdir(), 'tg-'));
  // Processes of processes may still be about to end, and write there.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const { TELLTALE_GATHER: _ours, ...env } = process.env;
  return { ...env, TMPDIR: folder };
}

/** Options of a group that no other test has. */
export function testGroup(): { readonly group: string } {
  return { group: randomUUID() };
}

/** Starts a process; resolves when it is up. */
export async function startProcess(options: ProgramOptions, env: NodeJS.ProcessEnv): Promise<TestProcess> {
  const child = fork(PROGRAM, [JSON.stringify(options)], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new RunningProcess(child).started();
}

interface Said {
  readonly ready?: boolean;
  readonly answer?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly exported?: Exported['exported'];
  readonly problem?: string;
}

class RunningProcess implements TestProcess {
  readonly exported: Exported['exported'][] = [];
  readonly problems: string[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly questions = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private asked = 0;
  private ready: () => void = () => {};

  constructor(child: ChildProcess) {
    this.child = child;
    this.ended = once(child, 'close').then(([code, signal]) => {
      for (const { reject } of this.questions.values()) reject(new Error(`the process ended: ${code ?? signal}`));
      return { code, signal };
    });
    child.on('message', (said: Said) => this.heard(said));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async started(): Promise<this> {
    await Promise.race([
      new Promise<void>((resolve) => {
        this.ready = resolve;
      }),
      this.ended.then(() => Promise.reject(new Error('the process ended before it was ready'))),
    ]);
    return this;
  }

  call<T>(call: string, ...args: readonly unknown[]): Promise<T> {
    const question = ++this.asked;
    return new Promise<T>((resolve, reject) => {
      this.questions.set(question, { resolve: (value) => resolve(value as T), reject });
      this.child.send({ question, call, args }, (error) => error && reject(error));
    });
  }

  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.ended;
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await once(this.child, 'message');
  }

  private heard({ ready, answer, value, error, exported, problem }: Said): void {
    if (ready === true) this.ready();
    if (exported !== undefined) this.exported.push(exported);
    if (problem !== undefined) this.problems.push(problem);
    if (answer === undefined) return;
    const question = this.questions.get(answer);
    this.questions.delete(answer);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(error));
  }
}

/** Asks until the answer is one that was waited for. */
export async function eventually<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isIt(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface GatherHealth {
  readonly role: string;
  readonly members: number;
}

/** So many processes, all in one group, the first of which gathers. */
export async function startGroup(
  count: number,
  options: ProgramOptions,
  env: NodeJS.ProcessEnv,
): Promise<readonly TestProcess[]> {
  const processes: TestProcess[] = [];
  for (let i = 0; i < count; i++) {
    const one = await startProcess(options, env);
    await eventually(
      () => one.call<GatherHealth>('health'),
      ({ role }) => role === (i === 0 ? 'gatherer' : 'member'),
    );
    processes.push(one);
  }
  return processes;
}
