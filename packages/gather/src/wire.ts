import type { Socket } from 'node:net';
import { messageOf, Pace } from '@telltale/core';
import { Packr, UnpackrStream } from 'msgpackr';

/** Changes with what is sent: processes that speak differently form groups of their own. */
export const PROTOCOL = 2;

/**
 * What goes over the socket: a kind, then its parts.
 *
 *   member → gatherer   hello · metrics series points gone (what changed) · complete (all was told once) · told n (answers ask n)
 *                       spans n · events n · read n · sync n · leave n · ending
 *   gatherer → member   members n · ask n · ack n · metrics series points (answers read n) · end n · ending
 */
export type Message = readonly [kind: string, ...parts: unknown[]];

/** A message is one of ours by its size, too: the largest, 512 spans at their limits, stay below. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/** Bytes that wait for the other side, past which nothing is sent that can be sent later. */
const MAX_WAITING_BYTES = 1024 * 1024;

const PACKING = { useRecords: false, mapsAsObjects: true, int64AsType: 'number' } as const;

export const packMessage = (() => {
  let packr: Packr | undefined;
  return (message: Message): Buffer => {
    packr ??= new Packr(PACKING);
    return packr.pack(message);
  };
})();

export function newUnpackr(): UnpackrStream {
  return new UnpackrStream({ ...PACKING, maxIncompleteBufferSize: MAX_MESSAGE_BYTES });
}

/** Throws for what is no message. */
export function checkMessage(value: unknown): Message {
  if (!Array.isArray(value) || typeof value[0] !== 'string') throw new Error('something that is no message');
  return value as unknown as Message;
}

export interface ConnectionListener {
  /** What it throws ends the connection. */
  received(message: Message): void;
  /** Once. `reason`: the other side sent nonsense. */
  closed(reason: string | undefined): void;
}

/** One connection between a member and a gatherer. Keeps no process alive. */
export class Connection {
  private readonly socket: Socket;
  private readonly listener: ConnectionListener;
  private over = false;

  constructor(socket: Socket, listener: ConnectionListener) {
    this.socket = socket;
    this.listener = listener;
    socket.unref();
    socket.on('error', () => {}); // 'close' follows
    const unpacked = newUnpackr();
    // What has come is still read when the other side is gone.
    socket.on('close', () => unpacked.end());
    void this.read(socket.pipe(unpacked));
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Whether the other side does not keep up: what will be known anyhow can wait. */
  get isBehind(): boolean {
    return this.socket.writableLength > MAX_WAITING_BYTES;
  }

  send(message: Message): void {
    if (!this.over) this.socket.write(packMessage(message));
  }

  /** Resolves when there is room for more, or the connection is over. */
  async drained(): Promise<void> {
    while (this.isBehind && !this.over) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.socket.off('drain', done);
          this.socket.off('close', done);
          resolve();
        };
        this.socket.once('drain', done);
        this.socket.once('close', done);
      });
    }
  }

  /** Ends it after what was sent. */
  close(): void {
    if (this.over) return;
    this.socket.end();
    this.end(undefined);
  }

  private async read(messages: AsyncIterable<unknown>): Promise<void> {
    let reason: string | undefined;
    const pace = new Pace();
    try {
      for await (const value of messages) {
        if (this.over) return;
        this.listener.received(checkMessage(value));
        if (pace.over()) await pace.rest();
      }
    } catch (error) {
      // A process that is killed leaves the last message in pieces.
      if (!(error instanceof Error && 'incomplete' in error)) reason = messageOf(error);
    }
    this.socket.destroy();
    this.end(reason);
  }

  private end(reason: string | undefined): void {
    if (this.over) return;
    this.over = true;
    this.listener.closed(reason);
  }
}
