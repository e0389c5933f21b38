import { prometheusRules } from '@telltale/templates';
import {
  type AlertmanagerService,
  requireService,
  startAlertmanager,
  startPrometheus,
} from '@telltale-internal/services';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { demoRules } from './alarms.ts';
import { type Demo, startDemo, text } from './demo-process.test-support.ts';
import { FAULTS, type FaultName } from './faults.ts';

/** Seconds of healthy traffic: longer than the longest window of the rules in haste, but for those of days. */
const HEALTHY_MS = 20_000;

/** Each by itself: they slow everything else. */
const ALONE: readonly FaultName[] = ['busy-loop', 'held-loop'];
/** What a machine that does other things beside may do to any service. */
const OF_THE_MACHINE = /alertname=(HighCpu|EventLoopDelay|SlowRequests|SlowCalls) /;
/** What pg says of BullMQ's backend for Postgres when jobs stall, or a queue with jobs is emptied. */
const OF_BULLMQ = /^.*DeprecationWarning: Calling client\.query\(\).*\n.*\n/;
const ALL = Object.keys(FAULTS) as FaultName[];

describe.runIf(requireService('prometheus') && requireService('prometheus-alertmanager'))(
  'faults in the demo, under a real Prometheus and Alertmanager',
  () => {
    it('fire the alerts that they must, in both, and healthy traffic none', { timeout: 420_000 }, async () => {
      const demo = await startDemo({ PORT: '3960' });
      const alertmanager = await startAlertmanager();
      onTestFinished(() => alertmanager.stop());
      const rules = prometheusRules({ rules: demoRules() }).find(({ path }) => path.endsWith('rules.yaml'));
      const prometheus = await startPrometheus({
        scrapePort: Number(new URL(demo.url).port),
        // A scrape takes its turns among all others of a loop that is kept busy.
        interval: 3,
        rules: rules?.content ?? '',
        alertmanager: alertmanager.host,
      });
      onTestFinished(() => prometheus.stop());

      await new Promise((resolve) => setTimeout(resolve, HEALTHY_MS));
      const told = (await text(`${demo.url}/drill/messages`)).split('\n');
      expect(told.filter((line) => / FIRING /.test(line) && !OF_THE_MACHINE.test(line))).toEqual([]);
      const theirs = alertmanager.messages.map(({ groupLabels }) => `alertname=${groupLabels.alertname} `);
      expect(theirs.filter((name) => !OF_THE_MACHINE.test(name))).toEqual([]);

      for (const name of ALONE) await expectFired(demo, alertmanager, [name]);
      await expectFired(
        demo,
        alertmanager,
        ALL.filter((name) => !ALONE.includes(name)),
      );
      demo.stop('SIGTERM');
      const { exitCode, stderr } = await demo.ended();
      expect([exitCode, stderr.replace(OF_BULLMQ, '')]).toEqual([0, '']);
    });
  },
);

/** Makes the faults until their alerts have reached those on call by both ways, then ends them and waits until it is over. */
async function expectFired(demo: Demo, alertmanager: AlertmanagerService, faults: readonly FaultName[]): Promise<void> {
  const rules = faults.map((name) => FAULTS[name].rule).sort();
  for (const name of faults) await fetch(`${demo.url}/drill/${name}/start?seconds=300`, { method: 'POST' });
  const seen = (status: string) => async (): Promise<void> => {
    const told = (await text(`${demo.url}/drill/messages`)).split('\n');
    const own = rules.filter((rule) =>
      told.some((line) => line.includes(`${status.toUpperCase()} `) && line.includes(`alertname=${rule} `)),
    );
    expect(own, 'told by Telltale').toEqual(rules);
    const theirs = rules.filter((rule) =>
      alertmanager.messages.some((message) => message.status === status && message.groupLabels.alertname === rule),
    );
    expect(theirs, 'told by Alertmanager').toEqual(rules);
  };
  await vi.waitFor(seen('firing'), { timeout: 120_000, interval: 500 });
  for (const name of faults) await fetch(`${demo.url}/drill/${name}/stop`, { method: 'POST' });
  const lasting = faults.filter((name) => name === 'many-values');
  rules.splice(0, rules.length, ...rules.filter((rule) => !lasting.some((name) => FAULTS[name].rule === rule)));
  await vi.waitFor(seen('resolved'), { timeout: 120_000, interval: 500 });
}
