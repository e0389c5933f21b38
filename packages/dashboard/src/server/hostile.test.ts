import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { get, listening, look, refusalOf, testBoard } from '../dashboard.test-support.ts';
import { MAX_VIEWERS } from './viewers.ts';

/** A connection that speaks WebSocket and then reads nothing. */
async function stuck(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(
    `GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
  );
  await once(socket, 'readable');
  socket.pause();
  return socket;
}

describe('a dashboard that is meant no good', () => {
  it('shows 10,000 routes as the 200 busiest, within bounded bytes', async () => {
    const { telemetry, clock, frame, url } = await testBoard({}, { cardinality: { perInstrument: 20_000 } });
    for (let i = 0; i < 10_000; i++) {
      telemetry.request({ method: 'GET' }).end({ status: 200, route: `/${i}/${'x'.repeat(900)}` });
    }
    const { routes, services } = await frame();
    expect([routes.rows.length, routes.more]).toEqual([200, 9800]);
    expect(routes.rows[0]?.route).toHaveLength(257);
    expect(services.rows[0]?.requests.count).toBe(10_000);
    await clock.advance(20);
    expect((await get(`${url}api/frame`)).text.length).toBeLessThan(300_000);
    expect((await get(`${url}api/history`)).text.length).toBeLessThan(100_000);
  });

  it('holds a bounded number of viewers, and refuses the next one', async () => {
    const { url, frame } = await testBoard();
    const viewers = await Promise.all(Array.from({ length: MAX_VIEWERS }, () => look(`${url}live`)));
    expect(await refusalOf(`${url}live`)).toBe(503);
    expect((await frame()).title).toBe('shop');
    viewers[0]?.socket.close();
    await once(viewers[0]!.socket, 'close');
    await expect
      .poll(() =>
        look(`${url}live`).then(
          () => 'seen',
          () => 'refused',
        ),
      )
      .toBe('seen');
  });

  it('goes on with 1,000 connections that say nothing', async () => {
    const { page } = await testBoard();
    const base = await listening(createServer(page));
    const port = Number(new URL(base).port);
    const idle = Array.from({ length: 1000 }, () => connect(port, '127.0.0.1'));
    onTestFinished(() => {
      for (const socket of idle) socket.destroy();
    });
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    expect((await get(`${base}/api/frame`)).status).toBe(200);
    expect((await (await look(`${base}/live`)).next()).title).toBe('shop');
  });

  it('sends who does not read one frame, no more, and then cuts it off; the others get theirs', async () => {
    const { telemetry, clock, port, url } = await testBoard({}, { cardinality: { perInstrument: 20_000 } });
    for (let i = 0; i < 200; i++)
      telemetry.request({ method: 'GET' }).end({ status: 200, route: `/${i}/${'é'.repeat(500)}` });
    const slow = await Promise.all(Array.from({ length: 20 }, () => stuck(port)));
    const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    const before = process.memoryUsage().arrayBuffers;
    const reader = await look(`${url}live`);
    let frames = 0;
    reader.socket.on('message', () => frames++);
    for (let second = 0; second < 100; second++) await clock.advance(1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30 * 1024 * 1024);
    for (const socket of slow) socket.resume();
    await closed;
    expect(reader.socket.readyState).toBe(reader.socket.OPEN);
    await expect.poll(() => frames).toBeGreaterThan(50);
  });

  it('cuts off who answers no pings, and who talks', async () => {
    const { clock, url } = await testBoard();
    const { socket } = await look(`${url}live`);
    const closed = once(socket, 'close');
    for (let i = 0; i < 30; i++) socket.send('hello');
    expect((await closed)[0]).toBe(1008);
    const big = await look(`${url}live`);
    const refused = once(big.socket, 'close');
    big.socket.send('x'.repeat(5000));
    expect((await refused)[0]).toBe(1009);
    const silent = await look(`${url}live`);
    silent.socket.pong = () => {};
    Object.assign(silent.socket, { _autoPong: false });
    const gone = once(silent.socket, 'close');
    await clock.advance(60);
    expect((await gone)[0]).toBe(1006);
  });

  it('answers what is no request for it without harm', async () => {
    const { url, port } = await testBoard();
    for (const path of [
      '%',
      '..%2f..%2fetc/passwd',
      '../../../etc/passwd',
      'api/traces/../frame',
      'page.js/',
      '%00',
      '\\',
      '?token',
      '?token=%E0%A4%A',
    ]) {
      expect([200, 303, 401, 404, 503]).toContain((await get(url + path)).status);
    }
    const long = await get(`${url}?token=${'x'.repeat(8000)}`);
    expect(long.status).toBe(401);
    const form = await get(
      url,
      { 'content-type': 'application/x-www-form-urlencoded' },
      'POST',
      `token=${'x'.repeat(100_000)}`,
    ).catch(() => ({ status: 401 }));
    expect(form.status).toBe(401);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect((await get(`${url}api/frame`)).status).toBe(200);
  });
});
