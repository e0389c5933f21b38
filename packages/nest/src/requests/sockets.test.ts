import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { NestRequest } from '../index.ts';
import { closeAll, countOf, platforms, pointsOf, serve, testTelemetry } from '../observed-app.test-support.ts';

afterEach(closeAll);

@WebSocketGateway({ path: '/rooms' })
class RoomsGateway {
  @SubscribeMessage('enter')
  enter() {
    return { event: 'entered', data: 'hello' };
  }
}

interface TenantRequest extends NestRequest {
  readonly headers: NestRequest['headers'] & { readonly 'x-tenant'?: string };
}

describe.each(platforms)('WebSockets of Nest on %s', (platform, adapter) => {
  it('have the path of their gateway as route, and follow skip, enrich and query', async () => {
    const subject = testTelemetry();
    const { telemetry, memory } = subject;
    const { port } = await serve({
      adapter: adapter(),
      telemetry,
      options: {
        query: true,
        skip: ({ url }: TenantRequest) => url === '/rooms?skipped',
        enrich: { 'tenant.id': ({ headers }: TenantRequest) => headers['x-tenant'] },
      },
      module: { providers: [RoomsGateway] },
      configure: (app) => {
        app.useWebSocketAdapter(new WsAdapter(app));
        if (platform === 'Express') app.getHttpAdapter().getInstance().set('trust proxy', true);
      },
    });
    const proxied = { 'x-tenant': 'acme', 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' };
    for (const path of ['/rooms?skipped', '/rooms?n=1']) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: proxied });
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send('{"event":"enter"}');
      await new Promise((resolve) => socket.once('message', resolve));
      socket.terminate();
    }
    await vi.waitFor(() => expect(pointsOf(telemetry, 'http.server.stream.duration')).toHaveLength(1));
    const scheme = platform === 'Express' ? 'https' : 'http';
    expect(pointsOf(telemetry, 'http.server.stream.duration')[0]?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/rooms',
      'http.response.status_code': 101,
      'url.scheme': scheme,
      'tenant.id': 'acme',
    });
    expect(countOf(telemetry)).toBe(0);
    await telemetry.flush();
    const span = memory.spans.find(({ name }) => name === 'GET /rooms');
    expect(span?.attributes).toMatchObject({ 'url.path': '/rooms', 'url.query': 'n=1' });
    if (platform === 'Express') expect(span?.attributes['client.address']).toBe('192.0.2.7');
  });
});
