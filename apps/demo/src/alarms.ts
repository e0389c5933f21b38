import {
  type AlertRule,
  type Alerts,
  alerts,
  type Condition,
  defaultRules,
  type Notification,
  slo,
} from '@telltale/alerts';
import type { Telemetry } from '@telltale/core';
import { LEAK } from './faults.ts';

/** A minute of the rules passes in so many seconds: nobody watches a demo for as long as a service runs. */
const SECONDS_PER_MINUTE = 3;
const LEAST_SECONDS = 5;
/** Seconds that the oldest job may have waited. */
const OLDEST_JOB = 10;
/** The nightly job fails now and then, as nightly jobs do. */
const FAILING_JOBS = 0.5;
const MAX_MESSAGES = 100;
/** Of the process: a demo must not fill the machine. */
const MEMORY = { type: 'threshold', metric: 'process.memory.usage', is: '>', value: LEAK * 0.9 } as const;

/** Who is on call: what they were told. */
export interface Alarms extends Alerts {
  messages(): string;
}

/** The rules that services get, and what they tell. */
export function startAlarms(telemetry: Telemetry): Alarms {
  const messages: string[] = [];
  const watch = alerts(telemetry, {
    rules: demoRules(),
    interval: 1,
    groupWait: 1,
    notify: [
      {
        name: 'on-call',
        idempotent: true,
        async send(notification) {
          messages.push(textOf(notification));
          if (messages.length > MAX_MESSAGES) messages.shift();
        },
      },
    ],
  });
  return Object.assign(watch, { messages: () => messages.join('\n') });
}

/** The default rules, in haste. */
export function demoRules(): readonly AlertRule[] {
  const rules = [
    ...defaultRules({
      OldJobs: { value: OLDEST_JOB },
      FailingJobs: { value: FAILING_JOBS },
      HighMemory: { when: MEMORY },
    }),
    ...slo({ name: 'Orders', objective: 0.9 }),
  ];
  return rules.map(({ when, for: held = 0, keepFiringFor, ...rule }) => ({
    ...rule,
    when: hastened(when),
    for: held === 0 ? 0 : hasten(held),
    ...(keepFiringFor !== undefined && { keepFiringFor: hasten(keepFiringFor) }),
  }));
}

function hastened(when: Condition): Condition {
  switch (when.type) {
    case 'threshold':
      return when;
    case 'burn-rate':
      return {
        ...when,
        windows: when.windows.map(({ long, short, factor }) => ({ long: hasten(long), short: hasten(short), factor })),
      };
    default:
      return { ...when, over: hasten(when.over) };
  }
}

function hasten(seconds: number): number {
  return Math.max(LEAST_SECONDS, (seconds / 60) * SECONDS_PER_MINUTE);
}

function textOf({ status, groupLabels, alerts: told }: Notification): string {
  const labels = Object.entries(groupLabels).map(([name, value]) => `${name}=${value}`);
  return [
    `${new Date().toISOString()} ${status.toUpperCase()} ${labels.join(' ')}`,
    ...told.map(({ state, summary }) => `  ${state} ${summary}`),
  ].join('\n');
}
