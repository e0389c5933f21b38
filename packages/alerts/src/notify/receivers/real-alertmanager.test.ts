import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { requireService, startAlertmanager } from '@telltale-internal/services';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { alertmanager } from '../../index.ts';
import { Stage } from '../stage.test-support.ts';

const run = promisify(execFile);

describe.runIf(requireService('prometheus-alertmanager'))('a real Alertmanager', () => {
  it('gets our alerts, groups them by its own rules, tells them, and hears that they are over', async () => {
    const service = await startAlertmanager();
    onTestFinished(() => service.stop());
    const stage = new Stage([alertmanager({ url: service.url, link: 'https://shop.example.com/telltale' })], {
      start: Date.now() / 1000 - 30,
    });
    stage.fire('a', { 'bad-näme': 'x', service_name: 'pay "quoted" <ü>' }, { description: 'Slow.' });
    stage.fire('b');
    stage.fire('c', { alertname: 'HighCpu' });
    await stage.pass(8);
    const known = await vi.waitFor(async () => {
      const alerts = await service.alerts();
      expect(alerts).toHaveLength(3);
      return alerts;
    });
    expect(known.find(({ labels }) => labels.instance === 'a')).toMatchObject({
      labels: { alertname: 'SlowCalls', bad_n_me: 'x', service_name: 'pay "quoted" <ü>', severity: 'warning' },
      annotations: { summary: 'alert a of pay', description: 'Slow.' },
      generatorURL: 'https://shop.example.com/telltale',
      status: { state: 'active' },
    });
    const { stdout } = await run('amtool', ['alert', 'query', '--output=json', `--alertmanager.url=${service.url}`]);
    expect((JSON.parse(stdout) as unknown[]).length).toBe(3);
    await vi.waitFor(() => {
      const groups = service.messages.map(({ groupLabels, status }) => `${groupLabels.alertname} ${status}`);
      expect(new Set(groups)).toEqual(new Set(['SlowCalls firing', 'HighCpu firing']));
      expect(service.messages.flatMap(({ alerts }) => alerts).length).toBeGreaterThanOrEqual(3);
    }, 10_000);

    for (const instance of ['a', 'b', 'c']) stage.resolve(instance);
    await stage.pass(10);
    await vi.waitFor(async () => {
      expect(await service.alerts()).toEqual([]);
      const over = service.messages.filter(({ status }) => status === 'resolved').flatMap(({ alerts }) => alerts);
      expect(new Set(over.map(({ labels }) => labels.instance))).toEqual(new Set(['a', 'b', 'c']));
    }, 15_000);
    expect(stage.health('alertmanager')).toMatchObject({ status: 'ok', rejected: 0, unknown: 0 });
    expect(stage.problems).toEqual([]);
  });

  it('that was away is told by the next repetition', async () => {
    const service = await startAlertmanager();
    onTestFinished(() => service.stop());
    const stage = new Stage([alertmanager({ url: ['http://127.0.0.1:1', service.url] })], {
      start: Date.now() / 1000 - 100,
    });
    stage.fire('a');
    await stage.pass(80);
    expect((await service.alerts()).map(({ labels }) => labels.instance)).toEqual(['a']);
  });
});
