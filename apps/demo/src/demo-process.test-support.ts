import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** The demo as a user runs it, on a port of its own. */
export interface Demo {
  readonly url: string;
  readonly pid: number;
  stop(signal: NodeJS.Signals): void;
  ended(): Promise<{ readonly exitCode: number | null; readonly lines: readonly string[]; readonly stderr: string }>;
}

/** Resolves when it is open. Ended with the test at the latest. */
export async function startDemo(env: Readonly<Record<string, string>>): Promise<Demo> {
  const { NO_COLOR: _, FORCE_COLOR: __, REDIS_URL: ___, DATABASE_URL: ____, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', 'apps/demo/src/main.ts'], {
    cwd: ROOT,
    env: { ...inherited, PORT: '3900', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const address = await vi.waitFor(
    () => /http:\S+?(?=\/telltale)/.exec(stdout)?.[0] ?? Promise.reject(new Error(`not open yet: ${stdout}${stderr}`)),
    { timeout: 120_000, interval: 50 },
  );
  return {
    url: address,
    pid: child.pid ?? 0,
    stop: (signal) => void child.kill(signal),
    ended: async () => {
      const [exitCode] = await closed;
      return { exitCode, lines: stdout.trimEnd().split('\n'), stderr };
    },
  };
}

export async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}
