import { alertmanager, alerts, pagerDuty, slack, webhook } from '@telltale/alerts';
import type { Telemetry } from '@telltale/core';

export function tellAlerts(telemetry: Telemetry, env: Readonly<Record<string, string>>) {
  const link = 'https://shop.example.com/telltale'; // the dashboard
  const alerting = alerts(telemetry, {
    notify: [
      slack({ url: env.SLACK_WEBHOOK ?? '', link }),
      pagerDuty({ routingKey: env.PAGERDUTY_KEY ?? '', only: { severity: ['critical', 'error'] }, link }),
      alertmanager({ url: ['http://alertmanager-0:9093', 'http://alertmanager-1:9093'] }),
      webhook({ url: 'https://ops.example.com/alerts', secret: env.HOOK_SECRET ?? '' }),
    ],
    groupBy: ['alertname', 'service_name'],
    groupWait: 10, // seconds
    groupInterval: 60,
    silences: [{ match: { service_name: 'batch-*' }, until: new Date('2027-01-04'), comment: 'not live yet' }],
  });

  // During a deployment:
  const end = alerting.silence({ match: { alertname: 'SlowCalls' }, seconds: 600, comment: 'deployment' });
  return { alerting, end };
}
