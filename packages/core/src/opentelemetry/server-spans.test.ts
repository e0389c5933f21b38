import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { SpanKind, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { observedServer, rawConnection } from '../http/observed-server.test-support.ts';
import { seriesOf, testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';
import { instrumentHttp } from './http-instrumentation.test-support.ts';
import { forgetGlobals, startSdk, TRACE_SDKS } from './running-sdk.test-support.ts';

afterEach(forgetGlobals);

const HEADERS = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

describe.each(TRACE_SDKS.map((sdk) => [sdk.version, sdk] as const))(
  "a request that OpenTelemetry's instrumentation of node:http has a span for, with SDK %s",
  (_, versions) => {
    it('is that one span, with the route, the attributes and the error of the operation', async () => {
      const sdk = startSdk(versions);
      sdk.register();
      instrumentHttp(sdk.provider);
      const { telemetry, events } = testTelemetry({ attributes: { team: 'payments' } });
      const { port } = await observedServer(telemetry, (_request, response) => {
        telemetry.span('inner', () => trace.getTracer('lib').startSpan('theirs').end());
        response.statusCode = 503;
        response.end('no');
      });
      await fetch(`http://127.0.0.1:${port}/things/7?a=1`, { headers: HEADERS });
      const [theirs, inner, request, ...more] = await sdk.finished();
      expect(more).toEqual([]);
      expect([theirs, inner, request].map((span) => span?.parentSpanContext?.spanId)).toEqual([
        inner?.spanContext().spanId,
        request?.spanContext().spanId,
        'b7ad6b7169203331',
      ]);
      expect(request).toMatchObject({ name: 'GET /things/:id', kind: SpanKind.SERVER, status: { code: 2 } });
      expect(request?.instrumentationScope.name).toBe('@opentelemetry/instrumentation-http');
      expect(request?.attributes).toMatchObject({
        'http.route': '/things/:id',
        'http.response.status_code': 503,
        'error.type': '503',
        'url.path': '/things/7',
        team: 'payments',
      });
      const { traceId, spanId } = request?.spanContext() ?? {};
      expect(events).toMatchObject([{ kind: 'request', traceId, spanId }]);
      expect(Object.keys(seriesOf(telemetry, 'http.server.request.duration'))).toHaveLength(1);
    });

    it('is known as given up by its client', async () => {
      const sdk = startSdk(versions);
      sdk.register();
      instrumentHttp(sdk.provider);
      const { telemetry, events } = testTelemetry();
      const { port, server } = await observedServer(telemetry, () => {});
      const { socket } = rawConnection(port, 'GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\n');
      await once(server, 'request');
      socket.destroy();
      while (events.length === 0) await pause(1);
      const [request] = await sdk.finished();
      expect(request?.instrumentationScope.name).toBe('@opentelemetry/instrumentation-http');
      expect(request?.attributes).toMatchObject({ 'error.type': 'client_abort' });
    });
  },
);

describe("OpenTelemetry's instrumentation of node:http", () => {
  it('and an adapter are one span also where spans are ours', async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.register();
    instrumentHttp(telemetry.tracerProvider);
    const { port } = await observedServer(telemetry, (_request, response) => {
      telemetry.span('inner', () => response.end('yes'));
    });
    await (await fetch(`http://127.0.0.1:${port}/things/7`, { headers: HEADERS })).text();
    while ((await finished()).length < 2) await pause(1);
    const [inner, request, ...more] = await finished();
    expect(more).toEqual([]);
    expect(inner?.parentSpanId).toBe(request?.spanId);
    expect(request).toMatchObject({
      name: 'GET /things/:id',
      parentSpanId: 'b7ad6b7169203331',
      attributes: { 'http.route': '/things/:id', 'http.response.status_code': 200 },
    });
  });

  it('leaves a request within a request a span of its own', () => {
    const sdk = startSdk(TRACE_SDKS[1] as (typeof TRACE_SDKS)[number]);
    sdk.register();
    const { telemetry } = testTelemetry();
    const outer = sdk.provider.getTracer('http').startSpan('GET', { kind: SpanKind.SERVER });
    const key = Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA');
    const context = trace.setSpan(telemetry.activeContext(), outer).setValue(key, { type: 'http', span: outer });
    telemetry.withContext(context, () => {
      telemetry.request({ method: 'GET' }, (first) => {
        expect(first.span?.spanContext()).toBe(outer.spanContext());
        const second = telemetry.request({ method: 'GET' });
        expect(second.span?.spanContext().spanId).not.toBe(outer.spanContext().spanId);
        expect(second.span?.spanContext().traceId).toBe(outer.spanContext().traceId);
      });
    });
    expect(outer.isRecording()).toBe(true);
  });
});
