import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { CancelTimer, Clock } from '@telltale/core';

/** Paths of sockets end at 104 bytes on macOS, at 108 on Linux (https://man7.org/linux/man-pages/man7/unix.7.html). */
const MAX_SOCKET_PATH = 103;
/** Seconds between signs of life, */
const BEAT = 10;
/** and without one, after which a process on another machine counts as gone. */
const GONE_AFTER = 60;

const NAME = /^([0-9a-f]{12})-([sb])-[0-9a-f]{16}$/;

/**
 * A process's claim to what bears its name in a folder. It ends with the process, whatever ends it, and nobody can hold it for another.
 *
 * On one machine, containers included, that is a Unix socket in the folder (a named pipe on Windows), which the kernel closes when the process dies: who can
 * connect to it knows that its owner lives, whatever process ids say, and a refused connection that it does not. Processes on other
 * machines (a network volume), and where sockets cannot be made, go by a file that is touched every 10 s: a minute without that is death.
 */
export class Claim {
  readonly folder: string;
  readonly owner: string;
  private readonly clock: Clock;
  private readonly handle: FileHandle;
  private readonly server: Server | undefined;
  private readonly sign: FileHandle;
  private cancel: CancelTimer | undefined;
  /** Milliseconds since 1970: unlike a monotonic clock this goes on while a machine sleeps. */
  private lastBeat = Date.now();
  private released = false;

  private constructor(
    folder: string,
    owner: string,
    clock: Clock,
    handle: FileHandle,
    server: Server | undefined,
    sign: FileHandle,
  ) {
    this.folder = folder;
    this.owner = owner;
    this.clock = clock;
    this.handle = handle;
    this.server = server;
    this.sign = sign;
    this.schedule();
  }

  /** Makes the folder and a claim in it. Rejects as the file system does. */
  static async make(folder: string, clock: Clock): Promise<Claim> {
    await makeFolders(folder);
    const handle = await open(folder, 'r');
    try {
      const kernel = await thisKernel();
      const random = randomBytes(8).toString('hex');
      const withSocket = `${kernel}-s-${random}`;
      const server = await listen(socketPath(folder, withSocket, handle));
      const owner = server === undefined ? `${kernel}-b-${random}` : withSocket;
      try {
        const sign = await openSign(join(folder, `${owner}.alive`));
        return new Claim(folder, owner, clock, handle, server, sign);
      } catch (error) {
        await closed(server);
        throw error;
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Names of owners, out of these, that are gone. Rejects as the file system does. */
  async gone(owners: Iterable<string>): Promise<ReadonlySet<string>> {
    const gone = new Set<string>();
    const kernel = this.owner.slice(0, 12);
    let now: number | undefined;
    for (const owner of owners) {
      const match = NAME.exec(owner);
      if (match === null || owner === this.owner) continue;
      if (match[1] === kernel && match[2] === 's') {
        if (!(await answers(socketPath(this.folder, owner, this.handle)))) gone.add(owner);
        continue;
      }
      // By the clock of whoever keeps the files, which need not be this machine's.
      now ??= await this.beatNow();
      const beat = await touched(join(this.folder, `${owner}.alive`));
      if (beat === undefined || now - beat > GONE_AFTER * 1000) gone.add(owner);
    }
    return gone;
  }

  /** To be awaited before anything is done that only the owner may: a process that was stopped for long may have been taken for dead. */
  async assure(): Promise<void> {
    if (Date.now() - this.lastBeat > (GONE_AFTER * 1000) / 2) await this.beatNow();
  }

  /** Lets go of it. Never rejects. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    this.cancel?.();
    await this.sign.close().catch(() => {});
    await rm(join(this.folder, `${this.owner}.alive`), { force: true }).catch(() => {});
    // Takes the socket's name away, by a path that may go through the handle.
    await closed(this.server);
    await this.handle.close().catch(() => {});
  }

  /** What is in the folder is on disk, by name. Where folders cannot be synced, they need not be. */
  async sync(folder: string): Promise<void> {
    if (process.platform === 'win32') return;
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EPERM') throw error;
    } finally {
      await handle.close();
    }
  }

  private schedule(): void {
    this.cancel = this.clock.schedule(() => {
      this.schedule();
      this.beatNow().catch(() => {}); // shows as death to other machines; `assure` tells it to who would act on it
    }, BEAT);
  }

  /** Gives the time of it, in milliseconds, as the file system says. */
  private async beatNow(): Promise<number> {
    // In place, where it needs no space.
    await this.sign.write('{', 0);
    this.lastBeat = Date.now();
    return (await this.sign.stat()).mtimeMs;
  }
}

async function openSign(path: string): Promise<FileHandle> {
  const sign = await open(path, 'wx', 0o600);
  try {
    await sign.writeFile(`${JSON.stringify({ pid: process.pid, host: hostname() })}\n`);
    return sign;
  } catch (error) {
    await sign.close();
    throw error;
  }
}

/** Everything in the folder that owners who are gone have left and nobody needs. Never rejects. */
export async function sweep(folder: string, gone: ReadonlySet<string>): Promise<void> {
  for (const owner of gone) {
    await rm(join(folder, `${owner}.alive`), { force: true }).catch(() => {});
    await rm(join(folder, `${owner}.lock`), { force: true }).catch(() => {});
  }
}

/** Owners that the names in a folder speak of. */
export async function ownersIn(folder: string): Promise<ReadonlySet<string>> {
  const owners = new Set<string>();
  for (const name of await readdir(folder)) {
    const [owner = '', end] = name.split('.');
    if ((end === 'alive' || end === 'lock') && NAME.test(owner)) owners.add(owner);
  }
  return owners;
}

/** Node's own way of making several at once never ends where a folder that is there takes none, as /proc (Node 24). */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolders(dirname(folder));
    await mkdir(folder, { mode: 0o700 }).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again;
    });
  }
}

/** Containers share it with their machine; after a restart of the machine it is another one. */
async function thisKernel(): Promise<string> {
  let name: string;
  try {
    name =
      process.platform === 'linux'
        ? await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
        : `${process.platform} ${hostname()}`;
  } catch {
    // Nothing to know it by: nobody takes it for his own, and all go by signs of life.
    name = randomBytes(16).toString('hex');
  }
  return createHash('sha256').update(name.trim()).digest('hex').slice(0, 12);
}

/** `undefined`: too long for a socket. */
function socketPath(folder: string, owner: string, handle: FileHandle): string | undefined {
  if (process.platform === 'win32') return `\\\\.\\pipe\\telltale-spool-${owner}`;
  const path = join(folder, `${owner}.lock`);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  return process.platform === 'linux' ? `/proc/self/fd/${handle.fd}/${owner}.lock` : undefined;
}

/** `undefined`: the file system has no sockets, or does not let us. `exclusive`, or the workers of a cluster would all have that of their primary. */
function listen(path: string | undefined): Promise<Server | undefined> {
  if (path === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', () => resolve(undefined));
    server.listen({ path, exclusive: true }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {}); // a listening server has nothing more to say that anybody could act on
      resolve(server);
    });
  });
}

/** Only a clear no counts as no. */
function answers(path: string | undefined): Promise<boolean> {
  if (path === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}

function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}

async function touched(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
