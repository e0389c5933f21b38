import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createTelemetry, type ExportError, type MetricsSnapshot } from '@telltale/core';
import { contextOf, ManualClock, sampleResource, sampleSnapshot } from '@telltale/testing';
import { openStatsdBackend } from '@telltale-internal/backends';
import { describe, expect, it } from 'vitest';
import { statsd } from './index.ts';

/** A counter with so many series of about 60 bytes. */
function manySeries(count: number, value = 1): MetricsSnapshot {
  const points = Array.from({ length: count }, (_, i) => ({
    attributes: { 'http.route': `/orders/number-${String(i).padStart(6, '0')}` },
    startTime: 0,
    time: 60,
    value,
  }));
  const shared = { description: '', unit: '', scope: { name: 'test', version: '1' }, resource: sampleResource };
  return {
    time: 60,
    resource: sampleResource,
    metrics: [{ ...shared, name: 'http.requests', type: 'counter', temporality: 'delta', points }],
  };
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

describe('over UDP', () => {
  it('fills datagrams and splits no line', async () => {
    const backend = await openStatsdBackend();
    const context = contextOf();
    const result = await statsd({ port: backend.port }).exportMetrics?.(manySeries(200), context);
    await backend.received();
    await backend.close();
    expect(backend.lines).toHaveLength(200);
    expect(backend.complaints).toEqual([]);
    const sizes = backend.datagrams.map((datagram) => Buffer.byteLength(datagram));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1432);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(1432 - 80);
    expect(context.requests).toEqual(sizes);
    expect(result).toEqual({ accepted: 200, rejected: 0 });
    expect(context.named.size).toBe(200);
  });

  it('gets 10,000 series through a receive buffer that holds a tenth of them', async () => {
    const backend = await openStatsdBackend();
    await statsd({ port: backend.port }).exportMetrics?.(manySeries(10_000), contextOf());
    await backend.received();
    await backend.close();
    expect(backend.lines).toHaveLength(10_000);
  });

  it('notices that nobody listens on this machine, and keeps everything for the next time', async () => {
    const port = await freeUdpPort();
    const context = contextOf();
    const sending = statsd({ port }).exportMetrics?.(manySeries(200), context);
    const error = await (sending as Promise<unknown>).catch((reason: unknown) => reason as ExportError);
    expect(error).toMatchObject({ retryable: true, outcomeUnknown: false });
    expect((error as Error).message).toContain(`udp://127.0.0.1:${port} could not be sent to`);
    expect((error as Error).message).toContain('ECONNREFUSED');
    expect(context.named.size).toBe(0);
    expect(context.unsure.size).toBe(0);
  });

  it('notices it with a single datagram, too', async () => {
    const port = await freeUdpPort();
    const context = contextOf();
    await expect(statsd({ port }).exportMetrics?.(manySeries(1), context)).rejects.toThrow('ECONNREFUSED');
    expect(context.named.size).toBe(0);
  });

  it('loses nothing to a daemon that starts late', async () => {
    const port = await freeUdpPort();
    const clock = new ManualClock();
    const telemetry = createTelemetry({
      service: { name: 'shop' },
      clock,
      shutdown: { signals: false },
      onError: () => {},
      exporters: [statsd({ port, filter: { metrics: { include: ['orders'] } } })],
    });
    telemetry.counter('orders').add(2);
    await telemetry.flush().catch(() => {});
    const backend = await openStatsdBackend(port);
    telemetry.counter('orders').add(3);
    await telemetry.shutdown();
    await backend.received();
    await backend.close();
    expect(backend.totals()).toEqual(new Map([['orders', 5]]));
  });

  it('says what it cannot resolve', async () => {
    const exporter = statsd({ host: 'nowhere.invalid' });
    await expect(exporter.exportMetrics?.(manySeries(1), contextOf())).rejects.toThrow(
      /udp:\/\/nowhere\.invalid:8125 could not be sent to \(.*nowhere\.invalid/,
    );
  });

  it('refuses a line that no datagram can hold, and sends the others', async () => {
    const backend = await openStatsdBackend();
    const context = contextOf();
    const long = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`key${i}`, 'x'.repeat(200)]));
    const snapshot = manySeries(2);
    const [metric] = snapshot.metrics;
    const points = [{ attributes: long, startTime: 0, time: 60, value: 1 }, ...(metric?.points ?? [])];
    const sent = { ...snapshot, metrics: [{ ...metric, points }] } as MetricsSnapshot;
    const result = await statsd({ port: backend.port }).exportMetrics?.(sent, context);
    await backend.received();
    await backend.close();
    expect(result).toEqual({ accepted: 2, rejected: 1, reason: 'longer than the 1432 bytes of a datagram' });
    expect([...context.refused]).toEqual([points[0]]);
    expect(backend.lines).toHaveLength(2);
  });

  it('keeps the zero in front of a negative gauge in its datagram', async () => {
    const backend = await openStatsdBackend();
    const snapshot = manySeries(100, -1);
    const gauges = { ...snapshot, metrics: snapshot.metrics.map((metric) => ({ ...metric, type: 'gauge' })) };
    await statsd({ port: backend.port }).exportMetrics?.(gauges as MetricsSnapshot, contextOf());
    const { metrics } = await backend.received();
    await backend.close();
    expect(backend.datagrams.length).toBeGreaterThan(5);
    for (const datagram of backend.datagrams) {
      const values = datagram.split('\n').map((line) => line.replace(/^.*:/, ''));
      expect(values.filter((_, i) => i % 2 === 0).every((value) => value === '0|g')).toBe(true);
      expect(values.filter((_, i) => i % 2 === 1).every((value) => value === '-1|g')).toBe(true);
    }
    expect(metrics.every(({ value }) => value === -1)).toBe(true);
  });

  it('gives up a histogram of which a part left, and keeps the rest, when it is stopped', async () => {
    const backend = await openStatsdBackend();
    const controller = new AbortController();
    const context = contextOf(controller.signal);
    let requests = 0;
    const stopping = {
      ...context,
      request: async (bytes: number) => {
        requests++;
        if (requests === 2) controller.abort();
        await context.request(bytes);
      },
    };
    const [duration] = sampleSnapshot({ temporality: 'delta' }).metrics.filter(({ type }) => type === 'histogram');
    const point = { ...duration?.points[0], count: 60, counts: [10, 20, 20, 10] };
    const orders = manySeries(1).metrics;
    const snapshot = { ...manySeries(1), metrics: [{ ...duration, points: [point] }, ...orders] } as MetricsSnapshot;
    const exporter = statsd({ port: backend.port, maxDatagram: 1432 });
    await expect(exporter.exportMetrics?.(snapshot, stopping)).rejects.toThrow('aborted');
    await backend.received();
    await backend.close();
    expect(backend.datagrams).toHaveLength(1);
    expect([...context.unsure]).toEqual([point]);
    expect(context.named.size).toBe(0);
  });
});

describe('over TCP', () => {
  async function listening(onSocket: (socket: Socket) => void, allowHalfOpen = false) {
    const server = createServer({ allowHalfOpen }, (socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  it('ends every line with a line break, and knows that all was read', async () => {
    let text = '';
    const server = await listening((socket) => socket.on('data', (chunk) => (text += chunk.toString())));
    const context = contextOf();
    await statsd({ port: server.port, protocol: 'tcp' }).exportMetrics?.(manySeries(5000), context);
    server.close();
    expect(text.endsWith('|c\n')).toBe(true);
    expect(text.split('\n')).toHaveLength(5001);
    expect(context.named.size).toBe(5000);
  });

  it('keeps everything when nobody listens', async () => {
    const server = await listening(() => {});
    server.close();
    const context = contextOf();
    const exporter = statsd({ port: server.port, protocol: 'tcp' });
    await expect(exporter.exportMetrics?.(manySeries(5), context)).rejects.toThrow('ECONNREFUSED');
    expect(context.named.size + context.unsure.size).toBe(0);
  });

  it('says that it does not know what a daemon has that closed the connection', async () => {
    const server = await listening((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const context = contextOf();
    const exporter = statsd({ port: server.port, protocol: 'tcp' });
    await expect(exporter.exportMetrics?.(manySeries(5), context)).rejects.toThrow('could not be sent to');
    server.close();
    expect(context.named.size).toBe(0);
    expect(context.unsure.size).toBe(5);
  });

  it('says the same of a daemon that never ends its side', async () => {
    const controller = new AbortController();
    const sockets: Socket[] = [];
    const server = await listening((socket) => {
      sockets.push(socket);
      socket.once('data', () => controller.abort());
    }, true);
    const context = contextOf(controller.signal);
    const exporter = statsd({ port: server.port, protocol: 'tcp' });
    await expect(exporter.exportMetrics?.(manySeries(5), context)).rejects.toThrow('aborted');
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(context.unsure.size).toBe(5);
  });
});
