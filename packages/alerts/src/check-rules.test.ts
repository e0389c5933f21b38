import { describe, expect, it } from 'vitest';
import { type AlertRule, slo } from './index.ts';
import { watchedService } from './watched-service.test-support.ts';

const THRESHOLD = { type: 'threshold', metric: 'queue.depth', is: '>', value: 1 } as const;

/** What defining these rules throws. */
function thrownBy(...rules: readonly unknown[]): string {
  try {
    void watchedService({ rules: rules as readonly AlertRule[] }).telemetry.shutdown();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing';
}

const named = (more: object) => ({ name: 'Rule', summary: 'x', when: THRESHOLD, ...more });
const on = (when: object) => named({ when });

describe('a rule that cannot be', () => {
  it.each([
    [[3], '"alerts.rules[0]" is of type number; give an object.'],
    [[named({ nmae: 'x' })], 'Unknown option "alerts.rules[0].nmae"; did you mean "name"?'],
    [[named({ name: '1st' })], '"alerts.rules[0].name" is "1st"; give a letter, then letters, digits and "_"'],
    [[named({}), named({})], '"alerts.rules" has two rules called "Rule"'],
    [[named({ for: '5m' })], '"alerts.rules[0] (Rule).for" is "5m"; give a number of seconds from 0 to 2592000.'],
    [[named({ keepFiringFor: -1 })], '"alerts.rules[0] (Rule).keepFiringFor" is -1; give a number of seconds from 0'],
    [[named({ severity: 'eror' })], 'give one of critical, error, warning, info: did you mean "error"?'],
    [
      [named({ labels: { severity: 'x' } })],
      'labels.severity" is "x"; give another name: alerts have a label "severity"',
    ],
    [[named({ labels: { service_name: 'x' } })], 'give another name: alerts have a label "service_name" of their own.'],
    [[named({ labels: { 'a.b': 'x' } })], 'is a label called "a.b"; give names of letters, digits and "_".'],
    [[named({ labels: { team: 3 } })], '(Rule).labels.team" is 3; give a text.'],
    [[named({ summary: undefined })], '(Rule).summary" is missing; give a text.'],
    [[named({ summary: ' ' })], '(Rule).summary" is " "; give one line of text.'],
    [
      [named({ summary: 'of {{service.name}}' })],
      'is a text with {{service.name}}; give only {{value}}, {{alertname}}, {{severity}}, {{service_name}} in it: did you mean {{service_name}}?',
    ],
    [[named({ when: undefined })], '(Rule).when" is missing; give a condition'],
    [
      [on({ type: 'treshold' })],
      '(Rule).when.type" is "treshold"; give one of threshold, rate, ratio, percentile, absence, burn-rate: did you mean "threshold"?',
    ],
    [[on({ ...THRESHOLD, over: 3 })], 'Unknown option "alerts.rules[0] (Rule).when.over"'],
    [[on({ ...THRESHOLD, is: '=>' })], '(Rule).when.is" is "=>"; give one of ">", ">=", "<", "<=".'],
    [[on({ ...THRESHOLD, value: Number.NaN })], '(Rule).when.value" is NaN; give a number.'],
    [
      [on({ ...THRESHOLD, metric: '' })],
      '(Rule).when.metric" is ""; give the name of a metric with its dots, such as \'http.server.request.duration\'.',
    ],
    [[on({ ...THRESHOLD, where: { a: {} } })], '(Rule).when.where["a"].not" is missing; give a text (with * for any)'],
    [[on({ ...THRESHOLD, where: { a: [] } })], '(Rule).when.where["a"]" is []; give a text'],
    [
      [on({ ...THRESHOLD, by: 'service.name' })],
      '(Rule).when.by" is "service.name"; give at most 10 names of attributes',
    ],
    [[on({ ...THRESHOLD, by: ['a.b', 'a_b'] })], 'names that differ as labels: "a_b" is there twice'],
    [[on({ ...THRESHOLD, by: ['value'] })], 'no attribute "value"'],
    [[on({ ...THRESHOLD, aggregate: 'p99' })], '(Rule).when.aggregate" is "p99"; give one of sum, max, min, avg.'],
    [[on({ ...THRESHOLD, type: 'rate' })], '(Rule).when.over" is missing; give a number of seconds from 1 to 2678400.'],
    [
      [on({ type: 'percentile', metric: 'a', is: '>', value: 1, over: 60, quantile: 95 })],
      '(Rule).when.quantile" is 95; give a number above 0 below 1.',
    ],
    [
      [on({ type: 'ratio', part: 'a', of: { metric: 'b' }, is: '>', value: 1, over: 60 })],
      '(Rule).when.part" is of type string; give an object.',
    ],
    [[on({ type: 'absence', metric: 'a', over: 60, is: '>' })], 'Unknown option "alerts.rules[0] (Rule).when.is"'],
    [
      [on({ type: 'burn-rate', bad: { metric: 'a' }, of: { metric: 'a' }, objective: 99.9, windows: [] })],
      '(Rule).when.objective" is 99.9; give a number above 0 below 1.',
    ],
    [
      [on({ type: 'burn-rate', bad: { metric: 'a' }, of: { metric: 'a' }, objective: 0.9, windows: [] })],
      '(Rule).when.windows" is []; give 1 to 8 pairs',
    ],
    [
      [
        on({
          type: 'burn-rate',
          bad: { metric: 'a' },
          of: { metric: 'a' },
          objective: 0.9,
          windows: [{ long: 300, short: 300, factor: 2 }],
        }),
      ],
      '(Rule).when.windows[0].short" is 300; give less than its long window, 300.',
    ],
    [
      [
        on({
          type: 'burn-rate',
          bad: { metric: 'a' },
          of: { metric: 'a' },
          objective: 0.9,
          windows: [{ long: 300, short: 30, factor: 14.4 }],
        }),
      ],
      '(Rule).when.windows[0].factor" is 14.4; give less than 10: at an objective of 0.9 no budget can be used up faster, so it would never fire.',
    ],
  ])('is refused with its place, what it is and what it may be: %j', (rules, message) => {
    expect(thrownBy(...rules)).toContain(message);
  });

  it('is refused as a whole list, too', () => {
    expect(() => watchedService({ rules: {} as never })).toThrow('"alerts.rules" is {}; give an array of rules.');
    expect(() => watchedService({ rule: [] } as never)).toThrow('Unknown option "alerts.rule"; did you mean "rules"?');
    expect(() => watchedService({ interval: 0 })).toThrow('"alerts.interval" is 0; give a number of seconds from 1');
  });
});

describe('a rule about a metric that Telltale does not have', () => {
  const hintOf = async (metric: string) => {
    const { told, telemetry } = watchedService({ rules: [named({ when: { ...THRESHOLD, metric } })] });
    await telemetry.shutdown();
    return told;
  };

  it('is taken as it is, with a hint where the name is nearly one of ours, or one of ours as a backend spells it', async () => {
    expect(await hintOf('my.own')).toEqual([]);
    expect(await hintOf('queue.depth')).toEqual([]);
    expect(await hintOf('queue.dept')).toEqual([
      'The alert rule Rule is about "queue.dept". There is no such metric of Telltale\'s; did you mean "queue.depth"? If it is one of your own, all is well.',
    ]);
    expect(await hintOf('http_server_request_duration_seconds_bucket')).toEqual([
      expect.stringContaining('did you mean "http.server.request.duration"?'),
    ]);
  });
});

describe('an objective', () => {
  it('is two rules, with the windows and factors of the SRE workbook', () => {
    expect(slo({ name: 'Checkout', objective: 0.999 })).toMatchObject([
      {
        name: 'CheckoutBudgetFast',
        severity: 'critical',
        when: {
          type: 'burn-rate',
          objective: 0.999,
          bad: { metric: 'http.server.request.duration', where: { 'http.response.status_code': '5*' } },
          of: { metric: 'http.server.request.duration' },
          windows: [
            { long: 3600, short: 300, factor: 14.4 },
            { long: 21_600, short: 1800, factor: 6 },
          ],
        },
        summary: '{{value}} of Checkout is bad: its objective of 99.9 % will be missed',
      },
      {
        name: 'CheckoutBudgetSlow',
        severity: 'warning',
        when: { windows: [{ long: 259_200, short: 21_600, factor: 1 }] },
      },
    ]);
  });

  it('is about what it is told, and refuses what cannot be', () => {
    const bad = { metric: 'job.duration', where: { 'job.outcome': 'failed' } };
    const [fast] = slo({
      ...{ name: 'Jobs', objective: 0.99, bad, of: { metric: 'job.duration' } },
      ...{ by: ['job.queue'], atLeast: 10, labels: { team: 'pay' }, runbook: 'https://example.com' },
    });
    expect(fast).toMatchObject({
      when: { bad, by: ['job.queue'], atLeast: 10 },
      labels: { team: 'pay' },
      runbook: 'https://example.com',
    });
    expect(() => slo({ name: 'x y', objective: 0.99 })).toThrow('"slo.name" is "x y"; give a letter');
    expect(() => slo({ name: 'x', objective: 99 })).toThrow('.objective" is 99; give a number above 0 below 1.');
    const factors = (objective: number) =>
      slo({ name: 'x', objective }).map(({ when }) => when.type === 'burn-rate' && when.windows.map((w) => w.factor));
    expect(factors(0.93)).toEqual([[6], [1]]);
    expect(factors(0.8)).toEqual([[1]]);
    expect(() => slo({ name: 'x', objektive: 0.9 } as never)).toThrow('did you mean "objective"?');
  });

  it('fires when its budget goes, page before ticket', async () => {
    const service = watchedService({ rules: slo({ name: 'Checkout', objective: 0.99 }) });
    const serve = (failing: number) => () => {
      for (let i = 0; i < 50; i++) {
        service.telemetry.request({ method: 'GET' }).end({ status: i < failing ? 500 : 200, route: '/' });
      }
    };
    await service.pass(1800, serve(0));
    expect(service.firing()).toEqual([]);
    await service.pass(900, serve(25));
    expect(service.firing()).toEqual(['CheckoutBudgetFast', 'CheckoutBudgetSlow']);
    await service.pass(3600, serve(0));
    expect(service.firing()).toEqual(['CheckoutBudgetSlow']);
    await service.telemetry.shutdown();
  });
});
