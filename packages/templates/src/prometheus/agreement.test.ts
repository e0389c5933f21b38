import { type Alerts, alerts } from '@telltale/alerts';
import { createTelemetry, type Telemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { ManualClock } from '@telltale/testing';
import { requireService } from '@telltale-internal/services';
import { expect, it } from 'vitest';
import { tried } from './rule-files.test-support.ts';

/** Seconds between scrapes, and between evaluations. */
const STEP = 15;
const MINUTE = 60 / STEP;
/** When the two are compared, in minutes: not where one may be a step ahead. */
const MOMENTS = [8, 18, 28, 38];

/** What a service does in one step: well for ten minutes, then badly, then well, then hardly anything. */
async function work(telemetry: Telemetry, minute: number): Promise<void> {
  const isBad = minute >= 10 && minute < 20;
  const requests = minute < 30 ? 10 : 1;
  for (let i = 0; i < requests; i++) {
    telemetry.request({ method: 'GET', scheme: 'http' }).end({ status: isBad && i < 3 ? 503 : 200, route: '/orders' });
  }
  await telemetry
    .job('invoice', { queue: 'billing' }, async () => (isBad ? Promise.reject(new Error('no')) : undefined))
    .catch(() => {});
  await telemetry
    .boundary({ to: 'payments', operation: 'charge', protocol: 'grpc' }, async () => {
      if (isBad) throw new Error('refused');
    })
    .catch(() => {});
}

/** All series of some scrapes, as promtool is given them. */
class Scrapes {
  private readonly series = new Map<string, Map<number, string>>();
  private count = 0;

  add(text: string): void {
    for (const line of text.split('\n')) {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      const series = `${name}{${[...(labels === '' ? [] : [labels]), 'job="scrape"', 'instance="a"'].join(',')}}`;
      const values = this.series.get(series) ?? new Map<number, string>();
      values.set(this.count, value);
      this.series.set(series, values);
    }
    this.count++;
  }

  input(): readonly object[] {
    return [...this.series].map(([series, values]) => ({
      series,
      values: Array.from({ length: this.count }, (_, i) => values.get(i) ?? '_').join(' '),
    }));
  }
}

function firing(watching: Alerts): readonly string[] {
  const labels = watching.current().filter(({ state }) => state === 'firing');
  return labels.map(({ rule, labels: { service_name } }) => `${rule} ${service_name}`).sort();
}

it.runIf(requireService('promtool'))(
  'the evaluation of @telltale/alerts and Prometheus agree on which default rules fire',
  async () => {
    const clock = new ManualClock();
    const exporter = prometheus();
    const telemetry = createTelemetry({
      service: { name: 'checkout' },
      exporters: [exporter],
      clock,
      shutdown: { signals: false },
    });
    const watching = alerts(telemetry, { interval: STEP });
    const scrapes = new Scrapes();
    const expected: { readonly minute: number; readonly rules: readonly string[] }[] = [];
    for (let step = 0; step <= 40 * MINUTE; step++) {
      await watching.evaluate();
      scrapes.add((await exporter.render()).body);
      if (MOMENTS.includes(step / MINUTE)) expected.push({ minute: step / MINUTE, rules: firing(watching) });
      await work(telemetry, step / MINUTE);
      await clock.advance(STEP);
    }
    await telemetry.shutdown();

    expect(expected.map(({ rules }) => rules)).toEqual([
      [],
      ['FailingCalls checkout', 'FailingJobs checkout', 'HighErrorRate checkout'],
      // Of a quarter of an hour, most is well.
      ['FailingJobs checkout'],
      [],
    ]);
    const told = expected.map(({ minute, rules }) => ({
      expr: 'max by (alertname, service_name) (ALERTS{alertstate="firing"})',
      eval_time: `${minute}m`,
      exp_samples: rules.map((name) => {
        const [rule, service] = name.split(' ');
        return { labels: `{alertname="${rule}",service_name="${service}"}`, value: 1 };
      }),
    }));
    const test = { interval: `${STEP}s`, input_series: scrapes.input(), promql_expr_test: told };
    expect(await tried({}, { evaluation_interval: `${STEP}s`, tests: [test] })).toContain('SUCCESS');
  },
  60_000,
);
