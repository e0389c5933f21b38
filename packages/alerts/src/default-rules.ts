import { checkKeys } from '@telltale/core';
import { checkRules } from './check-rules.ts';
import type { AlertRule } from './rule.ts';
import { type OverridableCondition, overriddenRule, type RuleOverride } from './rule-override.ts';

/** Ratios of fewer events say nothing: one failure of three is no error rate. */
const ENOUGH = 20;
/** Status codes by which a called service answers the question it was asked, rather than fail. */
const ANSWERS = ['400', '404', '409', '410', '412', '422'];

const HIGH_CPU = {
  name: 'HighCpu',
  severity: 'warning',
  when: { type: 'threshold', metric: 'nodejs.eventloop.utilization', is: '>', value: 0.9 },
  for: 300,
  summary: 'The main thread of {{service_name}} is busy for {{value}} of the time',
  description:
    'JavaScript runs on one thread, so a process is at its limit when that thread is, however many cores are idle: requests begin to wait for each other. (process.cpu.utilization is a share of all cores: a full main thread on a machine of eight is 0.125 there.) Take a CPU profile, move work to a worker pool, or run more instances. Needs `runtime: true`.',
} as const satisfies OverridableRule;

const HIGH_MEMORY = {
  name: 'HighMemory',
  severity: 'error',
  when: {
    type: 'threshold',
    metric: 'system.memory.utilization',
    where: { 'system.memory.state': 'used' },
    is: '>',
    value: 0.9,
  },
  for: 300,
  summary: 'The machine of {{service_name}} has {{value}} of its memory in use',
  description:
    'Of memory that the kernel cannot get back; at 1 it ends processes. Compare process.memory.usage over hours: a leak only rises. In a container with a limit of its own, the machine is not what counts: override `when` with a threshold on process.memory.usage at nine tenths of the limit. Needs `runtime: true`.',
} as const satisfies OverridableRule;

const HIGH_ERROR_RATE = {
  name: 'HighErrorRate',
  severity: 'critical',
  when: {
    type: 'ratio',
    part: { metric: 'http.server.request.duration', where: { 'http.response.status_code': '5*' } },
    of: { metric: 'http.server.request.duration' },
    over: 300,
    is: '>',
    value: 0.05,
    atLeast: ENOUGH,
  },
  for: 60,
  summary: '{{value}} of the requests to {{service_name}} fail',
  description:
    'Answers with a status of 500 and above, of all in the last 5 minutes. 4xx are the callers’ and do not count. Look at which routes fail (http.route), at their traces, and at FailingCalls: often it is a service behind this one. A service with an objective is better served by slo().',
} as const satisfies OverridableRule;

const SLOW_REQUESTS = {
  name: 'SlowRequests',
  severity: 'warning',
  when: {
    type: 'percentile',
    metric: 'http.server.request.duration',
    quantile: 0.95,
    over: 300,
    is: '>',
    value: 1,
    atLeast: ENOUGH,
  },
  for: 300,
  summary: 'One request in twenty to {{service_name}} takes over {{value}}',
  description:
    'The 95th percentile of the time to the first byte, over 5 minutes; people notice a second. Look at which routes are slow and what their traces wait for: calls (SlowCalls), the event loop (EventLoopDelay), a pool or a lock.',
} as const satisfies OverridableRule;

const SLOW_CALLS = {
  name: 'SlowCalls',
  severity: 'warning',
  when: {
    type: 'percentile',
    metric: 'boundary.call.duration',
    quantile: 0.95,
    over: 300,
    is: '>',
    value: 1,
    atLeast: ENOUGH,
    by: ['service.name', 'boundary.to'],
  },
  for: 300,
  summary: 'One call in twenty from {{service_name}} to {{boundary_to}} takes over {{value}}',
  description:
    'The 95th percentile over 5 minutes, as the caller sees it: the network and the wait for a connection are in it. Compare with the callee’s own request durations: if those are fine, it is what lies between.',
} as const satisfies OverridableRule;

const FAILING_CALLS = {
  name: 'FailingCalls',
  severity: 'error',
  when: {
    type: 'ratio',
    part: {
      metric: 'boundary.call.duration',
      where: { 'error.type': true, 'http.response.status_code': { not: ANSWERS } },
    },
    of: { metric: 'boundary.call.duration' },
    over: 300,
    is: '>',
    value: 0.1,
    atLeast: ENOUGH,
    by: ['service.name', 'boundary.to'],
  },
  for: 60,
  summary: '{{value}} of the calls from {{service_name}} to {{boundary_to}} fail',
  description: `Calls that ended with an error, of all in the last 5 minutes; answers such as 404 (${ANSWERS.join(', ')}) do not count. error.type says how: refused connections and time-outs are the network or a service that is down, 401 and 403 credentials, 429 a limit.`,
} as const satisfies OverridableRule;

const OLD_JOBS = {
  name: 'OldJobs',
  severity: 'error',
  when: {
    type: 'threshold',
    metric: 'queue.oldest_job.age',
    is: '>',
    value: 300,
    by: ['service.name', 'job.queue'],
  },
  for: 60,
  summary: 'A job in the queue {{job_queue}} has waited for {{value}}',
  description:
    'The oldest job that is ready and that no worker has taken up. Either there are no workers (queue.workers), the queue is paused (queue.paused), or jobs come faster than they are worked off (queue.depth rises): start workers, or raise their concurrency.',
} as const satisfies OverridableRule;

const STALLED_JOBS = {
  name: 'StalledJobs',
  severity: 'error',
  when: {
    type: 'rate',
    metric: 'job.stalled',
    over: 900,
    is: '>',
    value: 0,
    by: ['service.name', 'job.queue'],
  },
  summary: 'Jobs of the queue {{job_queue}} have stalled',
  description:
    'The worker of a job fell silent in the last 15 minutes: its process died, or its event loop was blocked for longer than the lock lasts (see EventLoopDelay). The job runs again, so part of its work may be done twice.',
} as const satisfies OverridableRule;

const FAILING_JOBS = {
  name: 'FailingJobs',
  severity: 'error',
  when: {
    type: 'ratio',
    part: { metric: 'job.duration', where: { 'job.outcome': 'failed' } },
    of: { metric: 'job.duration', where: { 'job.outcome': ['completed', 'failed'] } },
    over: 900,
    is: '>',
    value: 0.1,
    by: ['service.name', 'job.queue', 'job.name'],
  },
  summary: '{{value}} of the jobs {{job_name}} fail for good',
  description:
    'Jobs that failed after their last attempt, of all that came to an end in the last 15 minutes. Nobody tries them again: mend the cause, then retry them by hand. Attempts that are tried again do not count, so that the one run of a nightly job that fails does.',
} as const satisfies OverridableRule;

const EVENT_LOOP_DELAY = {
  name: 'EventLoopDelay',
  severity: 'warning',
  when: { type: 'threshold', metric: 'nodejs.eventloop.delay.p99', is: '>', value: 0.1 },
  for: 120,
  summary: 'The event loop of {{service_name}} is late by {{value}}',
  description:
    'One turn in a hundred comes so late, and with it every request that is under way. Something computes for long without a pause (JSON of megabytes, a bad regular expression, synchronous calls of files), or the process gets too little CPU: a container’s limit shows here first. Take a CPU profile. Needs `runtime: true`.',
} as const satisfies OverridableRule;

const EXPORTER_FAILING = {
  name: 'ExporterFailing',
  severity: 'error',
  when: {
    type: 'threshold',
    metric: 'telltale.exporter.failing',
    is: '>',
    value: 0,
    by: ['service.name', 'exporter'],
  },
  for: 300,
  summary: 'The exporter {{exporter}} of {{service_name}} has delivered nothing for 5 minutes',
  description:
    'Metrics are not lost yet, the next export that succeeds has them; spans and events are dropped when their buffers are full. telemetry.health() has the reason: credentials, an address, a limit of the backend.',
} as const satisfies OverridableRule;

const CARDINALITY_OVERFLOW = {
  name: 'CardinalityOverflow',
  severity: 'warning',
  when: {
    type: 'threshold',
    metric: 'telltale.overflows',
    is: '>',
    value: 0,
    by: ['service.name', 'metric'],
  },
  summary: 'The metric {{metric}} of {{service_name}} has more series than its budget',
  description:
    'An attribute has too many values, mostly ids or paths: further ones are recorded as “other”. health().cardinality.overflows names it. Leave the attribute out, give it fewer values, or raise cardinality.perInstrument. It stays so until the process restarts.',
} as const satisfies OverridableRule;

const RULES = [
  HIGH_CPU,
  HIGH_MEMORY,
  HIGH_ERROR_RATE,
  SLOW_REQUESTS,
  SLOW_CALLS,
  FAILING_CALLS,
  OLD_JOBS,
  STALLED_JOBS,
  FAILING_JOBS,
  EVENT_LOOP_DELAY,
  EXPORTER_FAILING,
  CARDINALITY_OVERFLOW,
] as const;

interface OverridableRule extends AlertRule {
  readonly when: OverridableCondition;
}

type DefaultRule = (typeof RULES)[number];
export type DefaultRuleName = DefaultRule['name'];

/** What of a default rule is otherwise; `false`: it is left out. */
export type DefaultRuleOverrides = {
  readonly [Name in DefaultRuleName]?:
    | false
    | RuleOverride<Extract<DefaultRule, { readonly name: Name }>['when']['type']>;
};

/**
 * Rules for what most services have: requests, calls, queues, jobs, the process and its telemetry. Each is silent where its metric is not recorded.
 * `defaultRules({ HighErrorRate: { value: 0.1 }, SlowCalls: false })`. Throws `ERR_OPTION` for overrides that are wrong.
 */
export function defaultRules(overrides: DefaultRuleOverrides = {}): readonly AlertRule[] {
  const names = RULES.map(({ name }) => name);
  checkKeys('defaultRules', overrides, names);
  const rules = RULES.flatMap((rule: OverridableRule): readonly AlertRule[] => {
    const override = overrides[rule.name as DefaultRuleName];
    if (override === false) return [];
    return [override === undefined ? rule : overriddenRule(`defaultRules.${rule.name}`, rule, override)];
  });
  return checkRules('defaultRules', rules);
}
