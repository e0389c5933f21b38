import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;

/** A project in a folder of its own, with these packages installed: each by a file in its folder. */
export async function createProject(
  packages: Readonly<Record<string, string>>,
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-register-'));
  await cp(join(here, 'test-apps'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'shop', version: '1.2.3' }));
  const all = { '@telltale/register': join(here, '../package.json'), ...packages };
  for (const [name, file] of Object.entries(all)) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(dirname(await realpath(file)), link);
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

export interface Service {
  /** Everything that the service sent. */
  readonly messages: Readonly<Record<string, unknown>>[];
  readonly pid: number | undefined;
  /** Address of the service itself. */
  readonly url: string;
  readonly output: { stdout: string; stderr: string };
  /** Resolves when a message has this key. */
  sent(key: string): Promise<Readonly<Record<string, unknown>>>;
  /** The lines of a scrape that say something, at the address that the service has told of. */
  scrape(): Promise<string[]>;
  /** What it says on standard error, as soon as it does: the first group of the pattern. */
  said(pattern: RegExp): Promise<string>;
  /** Asks it to end, and resolves with its exit code once it has. */
  stop(): Promise<number | null>;
}

/** Where the messages of Node and of this machine come from; a service's own environment is what the test says. */
const { PATH, HOME } = process.env;

/** Starts a program of the project as a user would: `node --import @telltale/register`. */
export async function startService(
  folder: string,
  file: string,
  env: Readonly<Record<string, string>> = {},
  options: readonly string[] = ['--import', '@telltale/register'],
): Promise<Service> {
  const child = fork(join(folder, file), {
    cwd: folder,
    env: { PATH, HOME, TELLTALE_PROMETHEUS_PORT: '0', ...env },
    execArgv: [...options],
    silent: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    output.stderr += data;
  });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const messages: Readonly<Record<string, unknown>>[] = [];
  child.on('message', (message) => messages.push(message as Readonly<Record<string, unknown>>));
  const sent = (key: string) => messageWith(child, messages, key, ended, output);
  const { port } = await sent('port');
  return {
    messages,
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    output,
    sent,
    said: (pattern) => said(child, output, pattern),
    scrape: async () => {
      const metrics = await said(child, output, /metrics at (\S+?),?\s/);
      const text = await (await fetch(metrics)).text();
      return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    },
    stop: async () => {
      if (child.connected) child.send('end', () => {}); // it may have ended by itself
      return ended;
    },
  };
}

function messageWith(
  child: ChildProcess,
  messages: readonly Readonly<Record<string, unknown>>[],
  key: string,
  ended: Promise<number | null>,
  output: Service['output'],
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const message = messages.find((one) => key in one);
      if (message !== undefined) resolve(message);
    };
    look();
    child.on('message', look);
    void ended.then((code) => reject(new Error(`the service ended with ${code}\n${output.stdout}${output.stderr}`)));
  });
}

/** What the service says on standard error, as soon as it does. */
function said(child: ChildProcess, output: Service['output'], pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = pattern.exec(output.stderr)?.[1];
      if (found !== undefined) resolve(found);
    };
    look();
    child.stderr?.on('data', look);
    child.once('close', () =>
      reject(new Error(`the service has ended without a word of ${pattern}\n${output.stderr}`)),
    );
  });
}

/** The spans that the console has printed, trace by trace: names, in the order of their beginning. */
export function tracesIn(stdout: string): string[][] {
  const traces = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of stdout.split('\n')) {
    const id = /^\S+ trace (\w{32})$/.exec(line)?.[1];
    if (id !== undefined) {
      current = traces.get(id) ?? [];
      traces.set(id, current);
    }
    const span = /^\s+[\d.]+ \S+ {2}(\S.*?) {2}/.exec(line)?.[1];
    if (span !== undefined) current.push(span);
  }
  return [...traces.values()];
}

export const readReadme = (): Promise<string> => readFile(join(here, '../README.md'), 'utf8');
