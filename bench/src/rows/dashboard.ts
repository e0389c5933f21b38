import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Exporter, Telemetry } from '@telltale/core';
import type { Experiment, Loop, Measurement, Row } from '../experiment.ts';
import { LoopClock } from './loop-clock.ts';
import { startTelltale } from './telltale.ts';

/** Requests a second, and for how long. */
const RATE = 1000;
const SECONDS = 20;

/** Takes spans, so that they are recorded. */
const SINK: Exporter = { name: 'sink', exportSpans: async () => {} };

/** The same requests as in the rows of exporters: 20 routes, of which some fail. */
function serve(telemetry: Telemetry, second: number): void {
  for (let i = 0; i < RATE; i++) {
    const n = second * RATE + i;
    const request = telemetry.request({ method: n % 5 === 0 ? 'POST' : 'GET', path: `/products/${n}`, scheme: 'http' });
    const status = n % 50 === 0 ? 500 : n % 10 === 0 ? 404 : 200;
    request.end({ route: `/route-${n % 20}/:id`, status, requestBodySize: 100, responseBodySize: 1000 });
  }
}

/** How many look; `undefined`: there is no dashboard. */
async function traffic(viewers: number | undefined): Promise<Loop> {
  const clock = new LoopClock();
  const telemetry = await startTelltale({ clock, runtime: true, exporters: [SINK] });
  let frames = 0;
  if (viewers !== undefined) {
    const { dashboard } = await import('@telltale/dashboard');
    const page = dashboard(telemetry, { token: false });
    const server = createServer(page);
    page.attach(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    for (let i = 0; i < viewers; i++) await look(server.address() as { port: number }, () => frames++);
  }
  return {
    async run(times) {
      for (let second = 0; second < times * SECONDS; second++) {
        serve(telemetry, second);
        clock.pass(1);
        // Waiting must not be measured: turning the event loop is work.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    settle() {
      if (viewers !== undefined && viewers > 0 && frames === 0) throw new Error('no frames came');
      frames = 0;
    },
  };
}

/** An empty pong, masked as a client's frames must be. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/** A viewer that takes no more than reading from a socket does, and says that it is there: parsing frames is the browser's work, in another process. */
function look({ port }: { readonly port: number }, frame: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    socket.on('error', reject);
    socket.on('data', () => {
      socket.write(PONG);
      frame();
      resolve();
    });
    socket.unref();
  });
}

/** All of Telltale that a service with a dashboard has, after five minutes of traffic with a viewer: what the process grew by. Nothing grows after that: arrays
 * are as large as they will be, traces and rows are bounded. */
async function memory(): Promise<Measurement> {
  const held = (): number => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  return {
    async measure() {
      const loop = await traffic(1);
      await loop.run(15);
      return { bytes: held() - before };
    },
  };
}

/** The service without Telltale: nothing. */
async function nothing(): Promise<Measurement> {
  return { measure: async () => ({ bytes: 1 }) };
}

const row = (what: string, ours: string, percent: number | undefined): Row => ({
  what: `${what}, ${RATE} requests a second for ${SECONDS} s`,
  ours,
  peer: 'no dashboard',
  added: 'no dashboard',
  figure: 'time',
  unit: 'ms',
  ...(percent !== undefined && { budget: { atMost: SECONDS * 1000 * (percent / 100) } }),
});

export const experiment: Experiment = {
  name: 'dashboard',
  file: import.meta.url,
  programs: {
    'no dashboard': () => traffic(undefined),
    'nobody looks': () => traffic(0),
    'one looks': () => traffic(1),
    'five minutes': memory,
    nothing,
  },
  rows: [
    row('CPU added by a dashboard that one looks at', 'one looks', 2),
    row('CPU added by a dashboard that nobody looks at', 'nobody looks', 0.5),
    {
      what: 'memory of all of Telltale after five minutes with a viewer',
      ours: 'five minutes',
      peer: 'nothing',
      figure: 'bytes',
      unit: 'B',
      budget: { atMost: 50 * 1024 * 1024 },
    },
  ],
  launches: 1,
  rounds: 3,
  roundTime: 1,
  warmUp: 1500,
};
