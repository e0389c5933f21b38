import { get } from 'node:http';
import { createServer } from 'node:net';
import type { MetricsSource } from '@telltale/core';
import { expect, it, onTestFinished } from 'vitest';
import { prometheus } from './index.ts';
import { type FakeSource, numbers, sourceOf } from './source.test-support.ts';

/** A source in a group of processes, of which this one leads or does not. */
function ledSource(leads: boolean): { source: FakeSource; lead(leads: boolean): void } {
  const source = sourceOf([numbers('counter', 'orders', [[{}, 3]])]);
  let listener: (leads: boolean) => void = () => {};
  const led: MetricsSource = Object.assign(source, {
    onLead(given: (leads: boolean) => void) {
      listener = given;
      given(leads);
    },
  });
  return { source: led as FakeSource, lead: (now) => listener(now) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const scrape = (port: number): Promise<string> =>
  new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/metrics', agent: false }, (response) => {
      let body = '';
      response.on('data', (data) => {
        body += data;
      });
      response.on('end', () => resolve(body));
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });

async function until(port: number, wanted: string | RegExp): Promise<void> {
  while (!(await scrape(port)).match(wanted)) await new Promise((resolve) => setTimeout(resolve, 10));
}

it('of several processes, the one that exports for all has the port, and the next one takes it over', async () => {
  const port = await freePort();
  const [first, second] = [ledSource(true), ledSource(false)];
  const [one, other] = [prometheus({ port, host: '127.0.0.1' }), prometheus({ port, host: '127.0.0.1' })];
  onTestFinished(async () => {
    await Promise.all([one.shutdown?.(), other.shutdown?.()]);
  });
  await one.start?.(first.source);
  await other.start?.(second.source);
  expect([one.address?.port, other.address]).toEqual([port, undefined]);
  expect(await scrape(port)).toContain('orders_total 3');
  // The port is not free at once.
  second.lead(true);
  first.lead(false);
  await until(port, 'orders_total 3');
  expect([one.address, other.address?.port]).toEqual([undefined, port]);
  expect(second.source.problems).toEqual([]);
});
