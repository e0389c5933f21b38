import { ManualClock } from '@telltale/testing';
import { describe, expect, it } from 'vitest';
import { Connection, Refused, type SocketLike } from '../../page/src/live/connection.ts';
import type { Frame, History } from '../frame.ts';
import { fakeFrame } from './fake-frame.test-support.ts';

class FakeSocket implements SocketLike {
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  closed = false;

  close(): void {
    this.closed = true;
  }

  tell(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  fail(): void {
    this.onclose?.();
  }
}

function setup() {
  const clock = new ManualClock();
  const sockets: FakeSocket[] = [];
  const told: string[] = [];
  const server = {
    epoch: 'first',
    down: false,
    refuses: false,
    polls: 0,
    histories: 0,
  };
  const answer = async <T>(value: () => T): Promise<T> => {
    if (server.down) throw new Error('connection refused');
    if (server.refuses) throw new Refused();
    return value();
  };
  const frame = (): Frame => fakeFrame(clock.now(), { epoch: server.epoch });
  const connection = new Connection(
    {
      openSocket: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      fetchFrame: () => {
        server.polls++;
        return answer(frame);
      },
      fetchHistory: () => {
        server.histories++;
        return answer((): History => ({ epoch: server.epoch, times: [], lines: {} }));
      },
      schedule: (callback, seconds) => clock.schedule(callback, seconds),
      random: () => 1,
    },
    {
      mode: (mode) => told.push(mode),
      frame: ({ epoch }) => told.push(`frame of ${epoch}`),
      history: ({ epoch }) => told.push(`history of ${epoch}`),
    },
  );
  const last = (): FakeSocket => sockets.at(-1) as FakeSocket;
  const fail = async (): Promise<void> => {
    last().fail();
    await clock.advance(0);
  };
  return { clock, sockets, told, server, frame, connection, last, fail };
}

describe('Connection', () => {
  it('is live with the first frame, and asks for the history once', async () => {
    const { clock, connection, last, frame, told } = setup();
    connection.start();
    last().tell(frame());
    await clock.advance(1);
    last().tell(frame());
    await clock.advance(0);
    expect(told).toEqual(['connecting', 'live', 'frame of first', 'history of first', 'frame of first']);
  });

  it('tries again after longer and longer times, for ever', async () => {
    const { clock, connection, sockets, server, fail } = setup();
    server.down = true;
    connection.start();
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      await fail();
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before) {
        await clock.advance(0.5);
        waited += 0.5;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 15, 15, 15]);
  });

  it('polls after the second failed try, and listens again as soon as it can', async () => {
    const { clock, connection, last, frame, told, server, fail } = setup();
    connection.start();
    last().tell(frame());
    await clock.advance(0);
    await fail();
    expect(server.polls).toBe(0);
    await clock.advance(0.5);
    await fail();
    expect(told.slice(-2)).toEqual(['frame of first', 'history of first']);
    expect(told).toContain('polling');
    const { polls } = server;
    await clock.advance(1);
    expect(server.polls).toBe(polls + 1);
    last().tell(frame());
    expect(told.slice(-2)).toEqual(['live', 'frame of first']);
    const after = server.polls;
    await clock.advance(4);
    expect(server.polls).toBe(after);
  });

  it('asks a dead service more and more seldom', async () => {
    const { clock, connection, server, fail } = setup();
    server.down = true;
    connection.start();
    await fail();
    await clock.advance(0.5);
    await fail();
    const { polls } = server;
    await clock.advance(20);
    expect(server.polls - polls).toBe(4); // after 2, 6, 11 and 16 seconds
  });

  it('takes a socket that tells nothing for dead', async () => {
    const { clock, connection, sockets, last, frame, told } = setup();
    connection.start();
    last().tell(frame());
    await clock.advance(4.9);
    expect(sockets[0]?.closed).toBe(false);
    await clock.advance(0.2);
    expect(sockets[0]?.closed).toBe(true);
    expect(told.at(-1)).toBe('reconnecting');
    await clock.advance(0.5);
    expect(sockets).toHaveLength(2);
  });

  it('takes the new history after a restart', async () => {
    const { clock, connection, last, frame, told, server, fail } = setup();
    connection.start();
    last().tell(frame());
    await clock.advance(0);
    await fail();
    server.epoch = 'second';
    await clock.advance(0.5);
    last().tell(frame());
    await clock.advance(0);
    expect(told.slice(-4)).toEqual(['reconnecting', 'live', 'frame of second', 'history of second']);
  });

  it('asks again for a history that did not come, with the next frame', async () => {
    const { clock, connection, last, frame, told, server } = setup();
    server.down = true;
    connection.start();
    last().tell(frame());
    await clock.advance(1);
    server.down = false;
    last().tell(frame());
    await clock.advance(0);
    expect(server.histories).toBe(2);
    expect(told.at(-1)).toBe('history of first');
  });

  it('gives up when a token is needed, and asks nothing more', async () => {
    const { clock, connection, sockets, told, server, fail } = setup();
    server.refuses = true;
    connection.start();
    await fail();
    await clock.advance(0.5);
    await fail();
    const { length } = sockets;
    await clock.advance(100);
    expect(told.at(-1)).toBe('refused');
    expect(sockets).toHaveLength(length);
    expect(server.polls).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('leaves nothing behind when it is stopped, and starts again', async () => {
    const { clock, connection, sockets, last, frame, told, fail } = setup();
    connection.start();
    last().tell(frame());
    connection.stop();
    expect(last().closed).toBe(true);
    last().tell(frame());
    await clock.advance(100);
    expect(told.at(-1)).toBe('off');
    connection.start();
    await fail();
    await clock.advance(0.5);
    await fail();
    connection.stop();
    await clock.advance(100);
    expect(clock.pending).toBe(0);
    const { length } = sockets;
    connection.start();
    last().tell(frame());
    await clock.advance(0);
    expect(sockets).toHaveLength(length + 1);
    expect(told.slice(-3)).toEqual(['live', 'frame of first', 'history of first']);
  });

  it('tries at once when the network is back', async () => {
    const { clock, connection, sockets, server, fail } = setup();
    server.down = true;
    connection.start();
    await fail();
    for (let i = 0; i < 5; i++) {
      await clock.advance(15);
      await fail();
    }
    const { length } = sockets;
    connection.hurry();
    connection.hurry();
    expect(sockets).toHaveLength(length + 1);
  });

  it('ignores what is no frame', async () => {
    const { clock, connection, last, told } = setup();
    connection.start();
    last().tell('{');
    last().tell('null');
    last().tell('{"some":"thing"}');
    await clock.advance(0);
    expect(told).toEqual(['connecting']);
  });
});
