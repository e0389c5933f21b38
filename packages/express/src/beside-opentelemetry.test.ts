import { createRequire } from 'node:module';
import { afterEach, expect, it } from 'vitest';
import { closeServers, listen, observed, versions } from './observed-app.test-support.ts';

// In their CommonJS form, as most services load them.
const require = createRequire(import.meta.url);

interface SeenSpan {
  readonly name: string;
  readonly kind: number;
  readonly parentSpanContext?: { readonly spanId: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

const { context, trace, propagation } = require('@opentelemetry/api');
const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { W3CTraceContextPropagator } = require('@opentelemetry/core');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');

const instrumentation = new HttpInstrumentation({ disableOutgoingRequestInstrumentation: true });
require('node:http');

afterEach(async () => {
  await closeServers();
  for (const api of [context, trace, propagation]) api.disable();
});

it.each(versions)(
  "%s: a request is the one span that OpenTelemetry's instrumentation made, with the route and ours within",
  async (_, express) => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    trace.setGlobalTracerProvider(provider);
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    instrumentation.setTracerProvider(provider);
    const { app, telemetry } = observed(express, (own) => {
      const router = express.Router();
      router.get('/:id', async (request, response) => {
        const sent = await telemetry.boundary({ to: 'db', operation: 'read' }, async () => request.params.id);
        response.send(sent);
      });
      own.use('/users', router);
    });
    const port = await listen(app);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await (await fetch(`http://127.0.0.1:${port}/users/7`, { headers: { traceparent } })).text();
    await closeServers();
    const [call, request, ...more] = exporter.getFinishedSpans() as SeenSpan[];
    expect(more).toEqual([]);
    expect([request?.name, request?.kind, request?.parentSpanContext?.spanId]).toEqual([
      'GET /users/:id',
      1,
      'b7ad6b7169203331',
    ]);
    expect(request?.attributes).toMatchObject({ 'http.route': '/users/:id', 'http.response.status_code': 200 });
    expect([call?.name, call?.parentSpanContext?.spanId]).toEqual(['db read', request?.spanContext().spanId]);
  },
);
