import type { CancelTimer, Telemetry } from '@telltale/core';
import type { WebSocket } from 'ws';

/** Connections that are held open; one more is refused. */
export const MAX_VIEWERS = 100;

/** Seconds between two pings: a connection that has not answered one by the next is dead. */
const HEARTBEAT_SECONDS = 15;

/** Seconds after which a reader that has not taken a frame is cut off. */
const SLOW_SECONDS = 30;

/** The page sends nothing. Who sends this often means no good. */
const MAX_MESSAGES = 20;

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** The server that a viewer came by. */
interface ListeningServer {
  readonly listening: boolean;
}

interface Viewer {
  readonly socket: WebSocket;
  /** Missing for one that never listened. */
  readonly server: ListeningServer | undefined;
  answered: boolean;
  /** Seconds at which it had taken all that it was sent. */
  drainedAt: number;
  messages: number;
}

/** Those who look, by WebSocket. Each holds at most one frame that it has not taken yet. */
export class Viewers {
  private readonly telemetry: Telemetry;
  private readonly viewers = new Set<Viewer>();
  private readonly changed: (count: number) => void;
  private readonly latest: () => Promise<string>;
  private heartbeat: CancelTimer | undefined;

  constructor(telemetry: Telemetry, latest: () => Promise<string>, changed: (count: number) => void) {
    this.telemetry = telemetry;
    this.latest = latest;
    this.changed = changed;
  }

  get isFull(): boolean {
    return this.viewers.size >= MAX_VIEWERS;
  }

  get size(): number {
    return this.viewers.size;
  }

  add(socket: WebSocket, server?: ListeningServer): void {
    const viewer: Viewer = {
      socket,
      server: server?.listening ? server : undefined,
      answered: true,
      drainedAt: this.telemetry.monotonic(),
      messages: 0,
    };
    // A broken connection is closed as well, and that is all there is to do.
    socket.on('error', () => {});
    socket.on('pong', () => {
      viewer.answered = true;
    });
    socket.on('message', () => {
      if (++viewer.messages > MAX_MESSAGES) socket.close(POLICY_VIOLATION, 'nothing is expected');
    });
    socket.on('close', () => {
      if (this.viewers.delete(viewer)) this.count();
    });
    this.viewers.add(viewer);
    this.count();
    this.latest().then(
      (frame) => this.send(viewer, Buffer.from(frame)),
      // The next reading may be better.
      () => {},
    );
  }

  broadcast(frame: string): void {
    // One for all of them: their queues refer to it.
    const bytes = Buffer.from(frame);
    for (const viewer of this.viewers) {
      // A server that was told to close waits for its last connection.
      if (viewer.server?.listening === false) leave(viewer.socket);
      else this.send(viewer, bytes);
    }
  }

  /** Says goodbye to all. */
  close(): void {
    for (const { socket } of this.viewers) leave(socket);
    this.viewers.clear();
    this.count();
  }

  private send(viewer: Viewer, bytes: Buffer): void {
    const { socket } = viewer;
    if (socket.readyState !== socket.OPEN) return;
    const now = this.telemetry.monotonic();
    if (socket.bufferedAmount > 0) {
      if (now - viewer.drainedAt > SLOW_SECONDS) socket.terminate();
      return;
    }
    viewer.drainedAt = now;
    socket.send(bytes, { binary: false, compress: false });
  }

  private count(): void {
    const { size } = this.viewers;
    if (size === 0) {
      this.heartbeat?.();
      this.heartbeat = undefined;
    } else {
      this.heartbeat ??= this.telemetry.every(HEARTBEAT_SECONDS, () => this.beat());
    }
    this.changed(size);
  }

  private beat(): void {
    for (const viewer of this.viewers) {
      if (!viewer.answered) viewer.socket.terminate();
      else {
        viewer.answered = false;
        viewer.socket.ping();
      }
    }
  }
}

function leave(socket: WebSocket): void {
  socket.close(GOING_AWAY);
  // Who does not answer must not hold up the end.
  socket.terminate();
}
