import { createTelemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import { ManualClock } from '@telltale/testing';
import { describe, expect, it } from 'vitest';
import { counterRequest, runningSidecar, START } from './running-sidecar.test-support.ts';

interface Frame {
  readonly title: string;
  readonly services: {
    readonly rows: readonly {
      readonly service: string;
      readonly instances: number;
      readonly requests: { readonly count: number };
    }[];
  };
  readonly routes: {
    readonly rows: readonly { readonly service: string; readonly route: string; readonly count: number }[];
  };
  readonly calls: { readonly rows: readonly { readonly from: string; readonly to: string }[] };
  readonly alerts?: readonly unknown[];
}

async function serve(url: string, name: string, instanceId: string, requests: number): Promise<void> {
  const telemetry = createTelemetry({
    service: { name, instanceId },
    exporters: [otlp({ url })],
    clock: new ManualClock(START),
    shutdown: { signals: false },
  });
  for (let i = 0; i < requests; i++) {
    const request = telemetry.request({ method: 'GET', scheme: 'http' });
    request.end({ status: 200, route: '/orders/:id' });
  }
  await telemetry.boundary({ to: 'payments', operation: 'charge' }, async () => {});
  await telemetry.shutdown();
}

describe('the page of a sidecar', () => {
  it('shows all services, with all their instances', async () => {
    const { url, clock } = await runningSidecar();
    const frame = async (): Promise<Frame> => (await (await fetch(`${url}/api/frame`)).json()) as Frame;
    await frame();
    await serve(url, 'shop', 'a', 3);
    await serve(url, 'shop', 'b', 4);
    await serve(url, 'auth', 'c', 5);
    // The page has a new frame each second.
    await clock.advance(1);
    const { title, services, routes, calls, alerts } = await frame();
    const of = (name: string) => services.rows.find(({ service }) => service === name);
    expect([of('shop')?.instances, of('shop')?.requests.count]).toEqual([2, 7]);
    expect([of('auth')?.instances, of('auth')?.requests.count]).toEqual([1, 5]);
    expect(routes.rows.map(({ service, route, count }) => [service, route, count]).sort()).toEqual([
      ['auth', '/orders/:id', 5],
      ['shop', '/orders/:id', 7],
    ]);
    expect(calls.rows.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual(['auth → payments', 'shop → payments']);
    expect([title, alerts]).toEqual(['Telltale sidecar', []]);
  });

  it('is at /, and lets others be switched off', async () => {
    const { url } = await runningSidecar();
    expect(await (await fetch(url)).text()).toContain('<!doctype html>');
    const bare = await runningSidecar({ dashboard: false, prometheus: false, alerts: false });
    expect([(await fetch(bare.url)).status, (await fetch(`${bare.url}/metrics`)).status]).toEqual([404, 404]);
    expect(bare.sidecar.alerts).toBeUndefined();
    expect(
      (await bare.send('/v1/metrics', counterRequest({ 'service.name': 's' }, 'orders', [{ value: 1 }]))).status,
    ).toBe(200);
  });

  it('asks others than this machine for its token', async () => {
    const { url } = await runningSidecar({ dashboard: { token: 'a-long-token' } });
    const forwarded = { 'x-forwarded-for': '192.0.2.1' };
    expect((await fetch(`${url}/api/frame`, { headers: forwarded })).status).toBe(401);
    expect(
      (await fetch(`${url}/api/frame`, { headers: { ...forwarded, authorization: 'Bearer a-long-token' } })).status,
    ).toBe(200);
  });

  it('is live', async () => {
    const { url } = await runningSidecar();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/live`);
    const message = await new Promise<string>((resolve, reject) => {
      socket.addEventListener('message', ({ data }) => resolve(String(data)), { once: true });
      socket.addEventListener('error', () => reject(new Error('no socket')), { once: true });
    });
    socket.close();
    expect(JSON.parse(message)).toHaveProperty('services');
  });
});

describe('health', () => {
  it('tells of the telemetry of all, and of what was received', async () => {
    const { url, send } = await runningSidecar();
    await send('/v1/metrics', counterRequest({ 'service.name': 's' }, 'orders', [{ value: 1 }]));
    const read = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
    expect(await read('/health')).toMatchObject({
      status: 'ok',
      telemetry: { gather: { role: 'gatherer', members: 1, series: 1 } },
    });
    expect(await read('/health/received')).toMatchObject({
      instances: 1,
      series: 1,
      items: { metrics: { accepted: 1 } },
    });
    expect(await read('/health/live')).toEqual({ status: 'ok' });
  });
});
