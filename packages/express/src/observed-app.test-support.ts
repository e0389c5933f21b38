import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTelemetry, type HistogramPoint, type Telemetry } from '@telltale/core';
import express5 from 'express';
import express4 from 'express4';
import { vi } from 'vitest';
import { type ExpressTelemetryOptions, expressTelemetry } from './index.ts';

/** Both versions, by name. Their types differ; what tests use is the same. */
export const versions: [string, typeof express5][] = [
  ['Express 5', express5],
  ['Express 4', express4 as unknown as typeof express5],
];

const servers = new Set<ReturnType<typeof createServer>>();

/** For `afterEach`. */
export async function closeServers(): Promise<void> {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers.clear();
}

export async function listen(app: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(app);
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export function quietTelemetry(): Telemetry {
  return createTelemetry({ service: { name: 'test' }, shutdown: { signals: false }, onError: () => {} });
}

/** An application with telemetry in front of what `build` adds. */
export function observed(
  express: typeof express5,
  build: (app: express5.Express) => void,
  options?: ExpressTelemetryOptions,
): { readonly app: express5.Express; readonly telemetry: Telemetry } {
  const telemetry = quietTelemetry();
  const app = express();
  app.set('env', 'test'); // no stack traces on the console
  app.use(expressTelemetry(telemetry, options));
  build(app);
  return { app, telemetry };
}

/** What was recorded of these requests: `GET /route 200`, with `error.type` if there is one, sorted. */
export async function recorded(
  { app, telemetry }: { readonly app: Parameters<typeof createServer>[1]; readonly telemetry: Telemetry },
  ...requests: readonly string[]
): Promise<readonly string[]> {
  const port = await listen(app);
  const before = countOf(telemetry);
  for (const request of requests) {
    const [method = 'GET', url = '/'] = request.startsWith('/') ? ['GET', request] : request.split(' ');
    await fetch(`http://127.0.0.1:${port}${url}`, { method, redirect: 'manual' }).then((answer) => answer.text());
  }
  await vi.waitFor(() => {
    if (countOf(telemetry) < before + requests.length) throw new Error('a request has not ended');
  });
  return durations(telemetry)
    .map(({ attributes: { 'http.request.method': method, 'http.route': route, ...rest } }) =>
      [method, route, rest['http.response.status_code'], rest['error.type']]
        .filter((part) => part !== undefined)
        .join(' '),
    )
    .sort();
}

export function countOf(telemetry: Telemetry): number {
  return durations(telemetry).reduce((sum, { count }) => sum + count, 0);
}

function durations(telemetry: Telemetry): readonly HistogramPoint[] {
  const metric = telemetry.snapshot().metrics.find(({ name }) => name === 'http.server.request.duration');
  return (metric?.points ?? []) as readonly HistogramPoint[];
}
