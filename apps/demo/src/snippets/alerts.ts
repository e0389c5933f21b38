import { alerts, defaultRules, slack } from '@telltale/alerts';
import { createTelemetry } from '@telltale/core';

export const telemetry = createTelemetry({ service: { name: 'checkout' }, runtime: true });

export const watching = alerts(telemetry, {
  rules: [
    ...defaultRules({ HighErrorRate: { value: 0.02 }, SlowCalls: false }),
    {
      name: 'NoOrders',
      when: { type: 'rate', metric: 'orders', where: { plan: 'pro' }, over: 900, is: '<', value: 1 / 60 },
      for: 300,
      severity: 'critical',
      labels: { team: 'payments' },
      summary: 'Only {{value}} orders come in to {{service_name}}',
    },
  ],
  notify: [slack({ url: process.env.SLACK_WEBHOOK ?? 'https://hooks.slack.com/services/T0/B0/secret' })],
});

// What fires now, for a page of your own; the dashboard takes it as its option `alerts`.
export const firing = () => watching.current().filter(({ state }) => state === 'firing');
