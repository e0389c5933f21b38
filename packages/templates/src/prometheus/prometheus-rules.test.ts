import { type AlertRule, type Condition, defaultRules, slo } from '@telltale/alerts';
import { requireService } from '@telltale-internal/services';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type PrometheusRulesOptions, prometheusRules } from '../index.ts';
import { tried } from './rule-files.test-support.ts';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function rulesIn(options: PrometheusRulesOptions): readonly Rule[] {
  const [file] = prometheusRules(options);
  return (parse(file?.content as string) as { groups: [{ rules: readonly Rule[] }] }).groups[0].rules;
}

function rule(when: Condition, more: Partial<AlertRule> = {}): AlertRule {
  return { name: 'Alert', when, summary: 'Look', ...more };
}

function alertOf(when: Condition, more: Partial<AlertRule> = {}, options: PrometheusRulesOptions = {}): Rule {
  return rulesIn({ ...options, rules: [rule(when, more)] }).find(({ alert }) => alert !== undefined) as Rule;
}

const REQUESTS = { metric: 'http.server.request.duration' };
/** One of each kind of condition, with what is uncommon about each. */
const UNCOMMON: readonly AlertRule[] = [
  ...slo({ name: 'Checkout', objective: 0.999 }),
  {
    name: 'NoJobs',
    when: { type: 'absence', metric: 'job.started', over: 3600, by: ['service.name', 'job.name'] },
    for: 60,
    keepFiringFor: 120,
    summary: '{{job_name}} {{value}}',
  },
  {
    name: 'NoQueue',
    when: { type: 'absence', metric: 'queue.depth', where: { 'service.name': 'checkout' }, over: 600 },
    summary: 'None for {{value}}',
  },
  {
    name: 'FewWorkers',
    when: {
      type: 'threshold',
      metric: 'queue.workers',
      is: '<',
      value: 1,
      by: ['service.name', 'service.version', 'job.queue'],
      where: { 'service.name': 'check*', 'deployment.environment.name': ['production', 'staging'] },
    },
    summary: '{{value}} in {{job_queue}}',
  },
  {
    name: 'FewRequests',
    when: { type: 'rate', ...REQUESTS, where: { 'http.route': { not: '/health' } }, over: 300, is: '<', value: 1 },
    summary: '{{value}}',
  },
  {
    name: 'TooFast',
    when: {
      type: 'percentile',
      metric: 'own.latency',
      quantile: 0.5,
      is: '<',
      value: 0.1,
      over: 300,
      by: ['service.name', 'plan'],
    },
    summary: '{{value}} for {{plan}}',
  },
  {
    name: 'FewComplete',
    when: {
      type: 'ratio',
      part: { metric: 'job.duration', where: { 'job.outcome': 'completed' } },
      of: { metric: 'job.duration' },
      over: 600,
      is: '<',
      value: 0.9,
      atLeast: 10,
      by: [],
    },
    summary: '{{value}}',
  },
  {
    name: 'Retries',
    when: {
      type: 'ratio',
      part: { metric: 'job.retries' },
      of: { metric: 'job.started' },
      over: 600,
      is: '>=',
      value: 2,
    },
    summary: '{{value}}',
  },
  {
    name: 'ManySoFar',
    when: { type: 'threshold', metric: 'job.enqueued', aggregate: 'avg', is: '>=', value: 1000 },
    for: 120,
    summary: '{{value}}',
  },
];
const OWN = [{ name: 'own.latency', type: 'histogram', unit: 's' }] as const;

describe.runIf(requireService('promtool'))('promtool', () => {
  it.each([{}, { service: 'job', prefix: 'shop' }, { service: 'label' }] as const)(
    'finds that each default rule fires on its fault, in its time, and is silent else: %j',
    async (options) => {
      expect(await tried(options)).toContain('SUCCESS');
    },
  );

  it('finds the same of each kind of condition', async () => {
    expect(await tried({ rules: UNCOMMON, metrics: OWN })).toContain('SUCCESS');
  }, 60_000);

  it('would find a rule that does not fire, or too early', async () => {
    const [file, test] = prometheusRules();
    expect(parse(test?.content as string).tests).toHaveLength(defaultRules().length);
    expect(file?.path).toBe(parse(test?.content as string).rule_files[0]);
    const told = async (change: (text: string) => string): Promise<unknown> =>
      tried({}, parse(change(test?.content as string)) as object).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
    expect(await told((text) => text.replaceAll('0.95+0x', '0.45+0x'))).toContain('HighCpu');
    expect(await told((text) => text.replaceAll('0.45+0x', '0.95+0x'))).toContain('HighCpu');
  });

  const input = (series: string, values: string) => ({ series, values });
  const firing = (name: string, eval_time: string, value: number) => ({
    expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
    eval_time,
    exp_samples: [{ labels: '{}', value }],
  });
  const test = (input_series: readonly object[], promql_expr_test: readonly object[]) => ({
    evaluation_interval: '1m',
    tests: [{ interval: '1m', input_series, promql_expr_test }],
  });
  const target = input('target_info{job="shop",instance="a",service_name="checkout"}', '1+0x60');

  it('sees the first stalled job, for which there was no series before', async () => {
    const stalled = input('job_stalled_total{job="shop",instance="a",job_queue="emails"}', '_x20 1+0x40');
    await tried(
      {},
      test(
        [target, stalled],
        [firing('StalledJobs', '19m', 0), firing('StalledJobs', '21m', 1), firing('StalledJobs', '40m', 0)],
      ),
    );
  });

  it('does not take what a service counted before it was first scraped for new', async () => {
    const late = input('target_info{job="shop",instance="a",service_name="checkout"}', '_x20 1+0x40');
    const stalled = input('job_stalled_total{job="shop",instance="a",job_queue="emails"}', '_x20 7+0x40');
    await tried({}, test([late, stalled], [firing('StalledJobs', '21m', 0), firing('StalledJobs', '40m', 0)]));
  });

  it('does not take what was counted before a scrape that failed for new', async () => {
    const broken = input('target_info{job="shop",instance="a",service_name="checkout"}', '1+0x20 stale _x10 1+0x40');
    const stalled = input('job_stalled_total{job="shop",instance="a",job_queue="emails"}', '7+0x20 stale _x10 7+0x40');
    await tried(
      {},
      test(
        [broken, stalled],
        ['30m', '35m', '40m', '46m'].map((at) => firing('StalledJobs', at, 0)),
      ),
    );
  });

  it('goes on to know the service of an instance that is gone', async () => {
    const requests = (instance: string, status: number, values: string) =>
      input(
        `http_server_request_duration_seconds_count{job="shop",instance="${instance}",http_response_status_code="${status}"}`,
        values,
      );
    const gone = input('target_info{job="shop",instance="a",service_name="checkout"}', '1+0x20 stale');
    const next = input('target_info{job="shop",instance="b",service_name="checkout"}', '_x20 1+0x40');
    const series = [
      gone,
      next,
      requests('a', 200, '0+60x20 stale'),
      requests('a', 500, '0+60x20 stale'),
      requests('b', 200, '_x20 0+1x40'),
    ];
    await tried(
      {},
      test(series, [
        firing('HighErrorRate', '19m', 1),
        firing('HighErrorRate', '23m', 1),
        firing('HighErrorRate', '27m', 0),
      ]),
    );
  });

  it('tells services behind one target apart, and each by its own name', async () => {
    const services = ['sidecar', 'checkout', 'auth'].map((name) =>
      input(`target_info{job="shop",instance="a",service_name="${name}"}`, '1+0x60'),
    );
    const busy = (service: string, value: number) =>
      input(`nodejs_eventloop_utilization_ratio{job="shop",instance="a"${service}}`, `${value}+0x60`);
    const series = [
      ...services,
      busy(',service_name="checkout"', 0.99),
      busy(',service_name="auth"', 0.5),
      busy('', 0.98),
    ];
    const expr = 'sort(max by (service_name) (ALERTS{alertname="HighCpu",alertstate="firing"}))';
    const exp_samples = [
      { labels: '{service_name="checkout"}', value: 1 },
      // Which of the three it is cannot be known: the name of its job stands for it.
      { labels: '{service_name="shop"}', value: 1 },
    ];
    await tried({}, test(series, [{ expr, eval_time: '30m', exp_samples }]));
  });
});

describe('rules for Prometheus', () => {
  it('say what rules say', () => {
    expect(
      alertOf(
        { type: 'threshold', metric: 'queue.oldest_job.age', is: '>', value: 300, by: ['job.queue'] },
        {
          for: 90,
          keepFiringFor: 600,
          severity: 'critical',
          labels: { team: 'mail {{x}}' },
          summary: '{{job_queue}} waits {{ value }}',
          description: 'Start workers.',
          runbook: 'https://runbooks/old-jobs',
        },
      ),
    ).toEqual({
      alert: 'Alert',
      expr: 'max by (job_queue) (queue_oldest_job_age_seconds) > 300',
      for: '90s',
      keep_firing_for: '10m',
      labels: { severity: 'critical', team: 'mail {{ "{{" }}x}}' },
      annotations: {
        summary: '{{ $labels.job_queue }} waits {{ $value | humanizeDuration }}',
        description: 'Start workers.',
        runbook_url: 'https://runbooks/old-jobs',
      },
    });
  });

  it('are told the value in its unit', () => {
    const said = (when: Condition): string => alertOf(when, { summary: '{{value}}' }).annotations?.summary as string;
    expect(said({ type: 'threshold', metric: 'process.memory.usage', is: '>', value: 1 })).toContain('humanize');
    expect(said({ type: 'threshold', metric: 'job.memory.peak', is: '>', value: 1 })).toBe(
      '{{ $value | humanize1024 }}B',
    );
    expect(said({ type: 'rate', metric: 'job.io', over: 60, is: '>', value: 1 })).toBe(
      '{{ $value | humanize1024 }}B/s',
    );
    expect(said({ type: 'absence', metric: 'job.started', over: 600 })).toBe('10m');
    expect(said({ type: 'ratio', part: REQUESTS, of: REQUESTS, over: 60, is: '>', value: 1 })).toBe(
      '{{ $value | humanizePercentage }}',
    );
  });

  it('choose series as the conditions do', () => {
    const chosen = (where: object): string =>
      alertOf({ type: 'threshold', metric: 'queue.workers', is: '<', value: 1, by: [], where: where as never }).expr;
    expect(chosen({ 'job.queue': 'a"b\\' })).toBe('max (queue_workers{job_queue="a\\"b\\\\"}) < 1');
    expect(chosen({ 'job.queue': ['a.b', 'c*'] })).toBe('max (queue_workers{job_queue=~"a\\\\.b|c.*"}) < 1');
    expect(chosen({ 'job.queue': { not: 'a' } })).toBe('max (queue_workers{job_queue!="a"}) < 1');
    expect(chosen({ 'job.queue': { not: ['a', '*b'] } })).toBe('max (queue_workers{job_queue!~"a|.*b"}) < 1');
    expect(chosen({ 'job.queue': true })).toBe('max (queue_workers{job_queue!=""}) < 1');
    expect(chosen({ 'job.queue': '*' })).toBe('max (queue_workers{job_queue=~".+"}) < 1');
    expect(chosen({ 'job.queue': 5 })).toBe('max (queue_workers{job_queue="5"}) < 1');
  });

  it('share what they have recorded', () => {
    const recorded = rulesIn({}).flatMap(({ record }) => (record === undefined ? [] : [record]));
    expect(new Set(recorded).size).toBe(recorded.length);
    expect(recorded.filter((name) => name.includes('http_server_request'))).toEqual([
      'telltale:http_server_request_duration_seconds_count:increase5m',
      'telltale:http_server_request_duration_seconds_bucket:increase5m',
    ]);
  });

  it('take exponential histograms as native ones where that is said', () => {
    const metrics = [{ name: 'latency', type: 'exponentialHistogram', unit: 's' }] as const;
    const when: Condition = {
      type: 'percentile',
      metric: 'latency',
      quantile: 0.9,
      over: 60,
      is: '>',
      value: 1,
      by: [],
    };
    expect(alertOf(when, {}, { metrics, histograms: 'native' }).expr).toBe(
      'histogram_quantile(0.9, sum (telltale:latency_seconds:increase1m)) > 1 and histogram_count(sum (telltale:latency_seconds:increase1m)) >= 1',
    );
    expect(alertOf(when, {}, { metrics }).expr).toContain('telltale:latency_seconds_bucket:increase1m');
  });

  it.each<[string, () => unknown]>([
    [
      "Nothing is known of the metric \"orders\", whose type and unit decide what it is called. Say them: metrics: [{ name: 'orders', type: 'counter', unit: '1' }].",
      () => alertOf({ type: 'rate', metric: 'orders', over: 60, is: '>', value: 1 }),
    ],
    [
      '"http.server.request.duration" is a histogram and has no value of its own; use a percentile or a rate.',
      () => alertOf({ type: 'threshold', ...REQUESTS, is: '>', value: 1 }),
    ],
    [
      '"queue.depth" is a gauge and does not grow; use a threshold.',
      () => alertOf({ type: 'rate', metric: 'queue.depth', over: 60, is: '>', value: 1 }),
    ],
    [
      '"job.started" is a counter, and percentiles are of histograms.',
      () => alertOf({ type: 'percentile', metric: 'job.started', quantile: 0.5, over: 60, is: '>', value: 1 }),
    ],
    ['did you mean "prefix"?', () => prometheusRules({ prefx: 'a' } as never)],
    [
      'prometheusRules: prefix is "a b"; give letters, digits and underscores.',
      () => prometheusRules({ prefix: 'a b' }),
    ],
    [
      'prometheusRules: service is "name"; give one of target_info, job, label.',
      () => prometheusRules({ service: 'name' as never }),
    ],
    [
      "prometheusRules: histograms is \"both\"; give 'classic' or 'native'.",
      () => prometheusRules({ histograms: 'both' as never }),
    ],
    ['prometheusRules: remember is 0; give seconds above 0.', () => prometheusRules({ remember: 0 })],
    ['"rules[0]', () => prometheusRules({ rules: [{ name: 'A' }] as never })],
  ])('%s', (message, make) => {
    expect(make).toThrow(message);
  });
});
