import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of sockets end at 104 bytes on macOS, at 108 on Linux (https://man7.org/linux/man-pages/man7/unix.7.html). */
const MAX_SOCKET_PATH = 103;
/** A process that has bound its socket listens a moment later. */
const TRIES = 3;
const PAUSE_MS = 10;
/** Someone always wins; this many rounds are only needed where files cannot be made or seen. */
const MAX_ROUNDS = 50;
/** A folder in which nothing was written for a day, and nobody listens, is of a group that has ended. */
const LEFT_FOR_MS = 86_400_000;

export type Meeting =
  | { readonly socket: Socket; readonly server?: undefined }
  | { readonly socket?: undefined; readonly server: Server; readonly generation: number };

/**
 * Where a group meets: a folder that only this user can open, with one socket per generation of gatherer. To become the gatherer is to bind
 * the socket after the highest there is, which one process alone can do; the highest name is never taken away, so that nobody goes back.
 * On Windows it is a named pipe, which goes with its process.
 */
export class MeetingPlace {
  readonly folder: string;
  private readonly pipe: string | undefined;

  constructor(group: string) {
    const own = join(tmpdir(), `telltale-${process.getuid?.() ?? 'user'}`, group);
    const tooLong = Buffer.byteLength(join(own, '0000000.s')) > MAX_SOCKET_PATH;
    this.folder = tooLong ? join('/tmp', `telltale-${process.getuid?.() ?? 'user'}`, group) : own;
    this.pipe = process.platform === 'win32' ? `\\\\.\\pipe\\telltale-${group}` : undefined;
  }

  /** Connects to the gatherer, or becomes it. Rejects when neither can be. */
  async meet(): Promise<Meeting> {
    this.prepare();
    let failure: unknown;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      try {
        const meeting = await this.tryToMeet();
        if (meeting !== undefined) return meeting;
      } catch (error) {
        failure = error;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    throw failure ?? new Error(`nobody can be reached in ${this.folder}`);
  }

  /** Whether the gatherer of this generation is still the one that others find. */
  isCurrent(generation: number): boolean {
    if (this.pipe !== undefined) return true;
    try {
      const names = readdirSync(this.folder);
      return names.includes(socketName(generation)) && highest(names) === generation;
    } catch {
      return false;
    }
  }

  /** Call before the server is closed: the name of the socket goes with it. */
  close(generation: number): void {
    if (this.pipe === undefined) writeFileSync(join(this.folder, `${generation}.left`), '');
  }

  /** Takes away what groups have left behind that ended long ago. Never rejects. */
  async sweep(): Promise<void> {
    if (this.pipe !== undefined) return;
    try {
      const all = join(this.folder, '..');
      for (const group of readdirSync(all)) {
        const folder = join(all, group);
        if (folder === this.folder || Date.now() - lstatSync(folder).mtimeMs < LEFT_FOR_MS) continue;
        const socket = await reach(join(folder, socketName(highest(readdirSync(folder)))));
        if (socket === undefined) rmSync(folder, { recursive: true, force: true });
        else socket.destroy();
      }
    } catch {
      // Someone else sweeps, too.
    }
  }

  /** Takes everything away, when nobody else can come. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async tryToMeet(): Promise<Meeting | undefined> {
    if (this.pipe !== undefined) {
      const socket = await reach(this.pipe);
      if (socket !== undefined) return { socket };
      const server = await listen(this.pipe);
      return server && { server, generation: 0 };
    }
    const top = highest(readdirSync(this.folder));
    if (top > 0) {
      for (let tries = 0; tries < TRIES; tries++) {
        const socket = await reach(join(this.folder, socketName(top)));
        if (socket !== undefined) return { socket };
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    const generation = top + 1;
    const server = await listen(join(this.folder, socketName(generation)));
    if (server === undefined) return undefined;
    if (highest(readdirSync(this.folder)) > generation) {
      // Others were faster by more than one: this name was free because it is past.
      server.close();
      return undefined;
    }
    for (const name of readdirSync(this.folder)) {
      const past = generationOf(name);
      if (past > 0 && past < generation) rmSync(join(this.folder, name), { force: true });
    }
    return { server, generation };
  }

  private prepare(): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    if (process.getuid === undefined) return;
    const { uid, mode } = lstatSync(join(this.folder, '..'));
    if (uid !== process.getuid() || (mode & 0o077) !== 0) {
      throw new Error(`${join(this.folder, '..')} can be opened by other users of this machine; remove it`);
    }
  }
}

function socketName(generation: number): string {
  return `${generation}.s`;
}

function generationOf(name: string): number {
  return Number(/^(\d+)\.(s|left)$/.exec(name)?.[1] ?? 0);
}

function highest(names: readonly string[]): number {
  return names.reduce((top, name) => Math.max(top, generationOf(name)), 0);
}

/** `undefined`: nobody listens there. */
function reach(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.unref();
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
  });
}

/** `undefined`: someone else has it. `exclusive`, or the workers of a cluster would all have the socket of their primary. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path, exclusive: true }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {}); // a listening server has nothing more to say that anybody could act on
      resolve(server);
    });
  });
}
