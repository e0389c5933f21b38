// The options fit the requests of the platforms, as their users type them.
import type { IncomingMessage } from 'node:http';
import type { Telemetry } from '@telltale/core';
import type { FastifyRequest } from 'fastify';
import { TelemetryModule } from './index.ts';

declare const telemetry: Telemetry;

/** What `@types/express` says of requests, as far as it matters here. */
interface ExpressRequest extends IncomingMessage {
  method: string;
  url: string;
  readonly path: string;
  get(name: 'set-cookie'): string[] | undefined;
  get(name: string): string | undefined;
}

TelemetryModule.forRoot(telemetry, {
  skip: (request: FastifyRequest) => request.url === '/health',
  enrich: { 'user.agent': (request: FastifyRequest) => request.headers['user-agent'], limit: 5 },
});
TelemetryModule.forRoot(telemetry, {
  skip: (request: ExpressRequest) => request.path === '/health',
  enrich: { 'tenant.id': (request: ExpressRequest) => request.get('x-tenant'), plan: { baggage: 'plan' } },
});
TelemetryModule.forRoot(telemetry, {
  skip: (request) => request.url === '/health',
  enrich: { 'tenant.id': (request) => request.headers['x-tenant']?.toString() },
});
TelemetryModule.forRootAsync({
  inject: ['CONFIG'],
  useFactory: async (config: { readonly query: boolean }) => ({ telemetry, query: config.query }),
});
// @ts-expect-error there is no such part of a request
TelemetryModule.forRoot(telemetry, { skip: (request) => request.path === '/health' });
// @ts-expect-error it is `guards`
TelemetryModule.forRoot(telemetry, { spans: { guard: false } });
