import type { AddressInfo } from 'node:net';
import { type INestApplication, Module, type ModuleMetadata, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createTelemetry, type HistogramPoint, type NumberPoint, type Telemetry } from '@telltale/core';
import { ManualClock, type MemoryExporter, memoryExporter } from '@telltale/testing';
import { vi } from 'vitest';
import { type NestRequest, TelemetryModule, type TelemetryModuleOptions } from './index.ts';

type AnyAdapter = ExpressAdapter | FastifyAdapter;

/** Both platforms, by name. */
export const platforms: [string, () => AnyAdapter][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

const closers = new Set<() => Promise<unknown>>();

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of [...closers].reverse()) await close();
  closers.clear();
}

export function closeLater(close: () => Promise<unknown>): void {
  closers.add(close);
}

export interface TestTelemetry {
  readonly telemetry: Telemetry;
  readonly memory: MemoryExporter;
  readonly clock: ManualClock;
  readonly problems: readonly Error[];
}

/** With spans unless told otherwise; no time passes by itself. */
export function testTelemetry(options: { readonly spans?: boolean } = {}): TestTelemetry {
  const clock = new ManualClock();
  const memory = memoryExporter();
  const problems: Error[] = [];
  const telemetry = createTelemetry({
    service: { name: 'test' },
    exporters: [memory],
    signals: { spans: options.spans ?? true },
    clock,
    shutdown: { signals: false },
    onError: (error) => void problems.push(error),
  });
  return { telemetry, memory, clock, problems };
}

export interface ServeOptions<Request extends NestRequest> {
  readonly adapter: AnyAdapter;
  readonly telemetry: Telemetry;
  readonly options?: TelemetryModuleOptions<Request>;
  /** Of the root module, besides the telemetry. */
  readonly module: ModuleMetadata;
  readonly application?: NestApplicationOptions;
  /** As `main.ts` does, before the application listens. */
  configure?(app: INestApplication): unknown;
}

export interface ServedApp {
  readonly app: INestApplication;
  readonly port: number;
}

/** An application with telemetry, listening on 127.0.0.1; closed by `closeAll`. */
export async function serve<Request extends NestRequest = NestRequest>({
  adapter,
  telemetry,
  options = {},
  module,
  application = {},
  configure,
}: ServeOptions<Request>): Promise<ServedApp> {
  class AppModule {}
  Module({ ...module, imports: [TelemetryModule.forRoot(telemetry, options), ...(module.imports ?? [])] })(AppModule);
  const app = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false, ...application });
  closeLater(() => {
    (app.getHttpServer() as { closeAllConnections?(): void }).closeAllConnections?.();
    return app.close();
  });
  await configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, port: (app.getHttpServer().address() as AddressInfo).port };
}

/** The durations' series. */
export function durations(telemetry: Telemetry): readonly HistogramPoint[] {
  return pointsOf(telemetry, 'http.server.request.duration') as readonly HistogramPoint[];
}

export function pointsOf(telemetry: Telemetry, name: string): readonly (HistogramPoint | NumberPoint)[] {
  const metric = telemetry.snapshot().metrics.find((one) => one.name === name);
  return (metric?.points ?? []) as readonly (HistogramPoint | NumberPoint)[];
}

/** What was recorded of these requests: `GET /route 200`, with `error.type` if there is one, sorted. */
export async function recorded(
  telemetry: Telemetry,
  port: number,
  ...requests: readonly string[]
): Promise<readonly string[]> {
  const before = countOf(telemetry);
  for (const request of requests) await ask(port, request);
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

/** `GET /path` or `/path`. */
export async function ask(port: number, request: string, init: RequestInit = {}): Promise<string> {
  const [method = 'GET', url = '/'] = request.startsWith('/') ? ['GET', request] : request.split(' ');
  const answer = await fetch(`http://127.0.0.1:${port}${url}`, { method, redirect: 'manual', ...init });
  return answer.text();
}

export function countOf(telemetry: Telemetry): number {
  return durations(telemetry).reduce((sum, { count }) => sum + count, 0);
}

/** The finished spans as lines, indented under their parents, in the order in which they began; `✗` marks those that failed. */
export async function spanTree({ telemetry, memory }: TestTelemetry): Promise<readonly string[]> {
  await telemetry.flush();
  const { spans } = memory;
  const known = new Set(spans.map(({ spanId }) => spanId));
  // Parents end after their children, and siblings in the order of their beginning, as far as they are awaited.
  const linesUnder = (parent: string | undefined, indent: string): readonly string[] =>
    spans
      .filter(
        ({ parentSpanId }) =>
          (parentSpanId !== undefined && known.has(parentSpanId) ? parentSpanId : undefined) === parent,
      )
      .flatMap(({ name, status, spanId }) => [
        `${indent}${name}${status === 'error' ? ' ✗' : ''}`,
        ...linesUnder(spanId, `${indent}  `),
      ]);
  return linesUnder(undefined, '');
}
