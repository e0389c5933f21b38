import { readFile } from 'node:fs/promises';
import {
  type AlertRule,
  type AlertsOptions,
  alertmanager,
  defaultRules,
  logNotifier,
  type Notifier,
  pagerDuty,
  slack,
  webhook,
} from '@telltale/alerts';
import { type Exporter, messageOf, TelemetryError } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import type { SidecarOptions } from '../sidecar-options.ts';
import type { Headers } from './values.ts';

/** What was given on the command line or in the environment. */
export interface Flags {
  readonly host: string;
  readonly port: number;
  readonly intakeToken?: string;
  readonly token?: string;
  readonly title?: string;
  readonly prometheus: boolean;
  readonly dashboard: boolean;
  readonly forward?: readonly string[];
  readonly forwardHeader?: Headers;
  readonly forwardTemporality?: 'cumulative' | 'delta';
  readonly forwardInterval?: number;
  readonly alerts: boolean;
  readonly rules?: string;
  readonly defaultRules: boolean;
  readonly alertsWebhook?: string;
  readonly alertsSlack?: string;
  readonly alertsPagerduty?: string;
  readonly alertsAlertmanager?: readonly string[];
  readonly alertsLog?: boolean;
  readonly maxSeries?: number;
  readonly maxSeriesPerService?: number;
  readonly maxInstances?: number;
  readonly expireAfter?: number;
}

/** Rejects with a `TelemetryError` that names the mend. */
export async function optionsOf(flags: Flags): Promise<SidecarOptions> {
  const { host, port, prometheus, intakeToken, token, title } = flags;
  const limits = given({
    series: flags.maxSeries,
    seriesPerService: flags.maxSeriesPerService,
    instances: flags.maxInstances,
    expireAfter: flags.expireAfter,
  });
  return {
    ...{ host, port, prometheus, limits },
    ...given({ intakeToken }),
    dashboard: flags.dashboard && given({ token, title }),
    alerts: flags.alerts && (await alertsOf(flags)),
    exporters: exportersOf(flags),
  };
}

function exportersOf({ forward = [], forwardHeader, forwardTemporality, forwardInterval }: Flags): readonly Exporter[] {
  if (forward.length === 0 && forwardHeader !== undefined) {
    throw new TelemetryError(
      'ERR_OPTION',
      '--forward-header is given without --forward; say where to: --forward http://collector:4318.',
    );
  }
  return forward.map((url, i) =>
    otlp({
      ...{ url, name: i === 0 ? 'otlp' : `otlp-${i + 1}` },
      ...given({
        headers: forwardHeader,
        temporality: forwardTemporality,
        interval: forwardInterval && { metrics: forwardInterval },
      }),
    }),
  );
}

async function alertsOf(flags: Flags): Promise<AlertsOptions> {
  const own = flags.rules === undefined ? [] : await readRules(flags.rules);
  const shipped = flags.defaultRules
    ? defaultRules().filter(({ name }) => !own.some((rule) => rule.name === name))
    : [];
  return { rules: [...shipped, ...own], notify: notifiersOf(flags) };
}

function notifiersOf(flags: Flags): readonly Notifier[] {
  const { alertsWebhook, alertsSlack, alertsPagerduty, alertsAlertmanager, alertsLog } = flags;
  return [
    ...(alertsWebhook === undefined ? [] : [webhook({ url: alertsWebhook })]),
    ...(alertsSlack === undefined ? [] : [slack({ url: alertsSlack })]),
    ...(alertsPagerduty === undefined ? [] : [pagerDuty({ routingKey: alertsPagerduty })]),
    ...(alertsAlertmanager === undefined ? [] : [alertmanager({ url: alertsAlertmanager })]),
    ...(alertsLog === true ? [logNotifier()] : []),
  ];
}

async function readRules(file: string): Promise<readonly AlertRule[]> {
  let rules: unknown;
  try {
    rules = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TelemetryError('ERR_OPTION', `The rules in ${file} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  // What is in it is checked by alerts(), which names the rule and the mend.
  if (Array.isArray(rules)) return rules as readonly AlertRule[];
  throw new TelemetryError(
    'ERR_OPTION',
    `The rules in ${file} are no array; write [{ "name": …, "when": …, "summary": … }].`,
  );
}

/** Without what is `undefined`. */
function given<T extends object>(options: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
