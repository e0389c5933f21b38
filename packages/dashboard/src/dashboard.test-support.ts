import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTelemetry, type Telemetry, type TelemetryError, type TelemetryOptions } from '@telltale/core';
import { ManualClock } from '@telltale/testing';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Frame } from './frame.ts';
import { type Dashboard, type DashboardOptions, dashboard } from './index.ts';

export interface TestBoard {
  readonly telemetry: Telemetry;
  readonly clock: ManualClock;
  readonly page: Dashboard;
  readonly url: string;
  readonly port: number;
  readonly problems: TelemetryError[];
  /** A frame as the page asks for it, without time passing. */
  frame(): Promise<Frame>;
}

export const TOKEN = 'correct-horse-battery-staple';

/** A telemetry on a manual clock, and its dashboard on a free port of 127.0.0.1; ended with the test. */
export async function testBoard(
  options: DashboardOptions = {},
  telemetryOptions: Partial<TelemetryOptions> = {},
): Promise<TestBoard> {
  const clock = new ManualClock();
  const problems: TelemetryError[] = [];
  const telemetry = createTelemetry({
    service: { name: 'shop', version: '1.4.0', environment: 'test' },
    clock,
    signals: { spans: true },
    shutdown: { signals: false },
    onError: (error) => void problems.push(error),
    ...telemetryOptions,
  });
  const page = dashboard(telemetry, { token: TOKEN, ...options });
  const { url, port } = await page.listen({ port: 0 });
  onTestFinished(() => telemetry.shutdown());
  return {
    telemetry,
    clock,
    page,
    url,
    port,
    problems,
    frame: async () => JSON.parse((await get(`${url}api/frame`)).text),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Headers that say that someone asks from elsewhere. */
export const REMOTE = { 'x-forwarded-for': '203.0.113.7' };

/** A request with any headers, `Host` too. */
export function get(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, headers: received, text: Buffer.concat(chunks).toString() });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export interface TestViewer {
  readonly socket: WebSocket;
  /** The next frame that comes. */
  next(): Promise<Frame>;
}

/** A WebSocket that is open, with what it was sent. */
export async function look(url: string, headers: Readonly<Record<string, string>> = {}): Promise<TestViewer> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers, perMessageDeflate: true });
  const frames: Frame[] = [];
  const waiting: ((frame: Frame) => void)[] = [];
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame;
    const next = waiting.shift();
    if (next === undefined) frames.push(frame);
    else next(frame);
  });
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return {
    socket,
    next: () => {
      const frame = frames.shift();
      return frame === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(frame);
    },
  };
}

/** What a server answers instead of a WebSocket. */
export function refusalOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
      socket.terminate();
    });
    socket.on('open', () => {
      socket.terminate();
      reject(new Error('it was accepted'));
    });
    socket.on('error', () => {});
  });
}

/** Listens on a free port of 127.0.0.1; closed with the test. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Requests that took so many seconds each. */
export function serve(
  telemetry: Telemetry,
  clock: ManualClock,
  route: string,
  durations: readonly number[],
  status = 200,
): Promise<void> {
  return durations.reduce(async (before, seconds) => {
    await before;
    const request = telemetry.request({ method: 'GET' });
    await clock.advance(seconds);
    request.end({ status, route });
  }, Promise.resolve());
}
