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
/** What the shop's customers meet on purpose: declined cards, a broken product, a bank that does not answer, a nightly job that fails now and then. */
const USUAL = {
  HighErrorRate: { value: 0.2 },
  FailingCalls: { value: 0.3 },
  FailingJobs: { value: 0.5 },
} as const;
const IN_A_DEMO = {
  OldJobs: { value: 10 /* seconds */ },
  // Of the process: a demo must not fill the machine.
  HighMemory: {
    when: { type: 'threshold', metric: 'process.memory.usage', is: '>', value: LEAK * 0.9 },
    summary: '{{service_name}} takes {{value}} bytes of memory',
  },
} as const;
const MAX_MESSAGES = 100;

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
    groupInterval: LEAST_SECONDS,
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
  const rules = [...defaultRules({ ...USUAL, ...IN_A_DEMO }), ...slo({ name: 'Orders', objective: 0.9 })];
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
