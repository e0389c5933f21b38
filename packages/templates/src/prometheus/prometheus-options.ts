import { checkKeys, TelemetryError } from '@telltale/core';
import type { TemplateOptions } from '../target.ts';

/** How it is known which service a series is of. */
const SERVICE_SOURCES = ['target_info', 'job', 'label'] as const;

export interface PrometheusRulesOptions extends TemplateOptions {
  /**
   * Where the service is told, for series that have no label `service_name` of their own. `target_info` (default): by that series of the same
   * `job` and `instance`, else by `job`; `job`: the scrape job is called like the service; `label`: all series have `service_name`.
   */
  readonly service?: (typeof SERVICE_SOURCES)[number];
  /** As the exporter has it. */
  readonly prefix?: string;
  /** `native`: exponential histograms are scraped as native ones; default `classic`. */
  readonly histograms?: 'classic' | 'native';
  /** Seconds for which a group that is gone is still expected by absence rules; default one day, or ten times as long as it may be absent. */
  readonly remember?: number;
}

const KEYS: readonly (keyof PrometheusRulesOptions)[] = [
  'rules',
  'metrics',
  'service',
  'prefix',
  'histograms',
  'remember',
];

/** Throws `ERR_OPTION` for what is wrong. */
export function checkPrometheusOptions(options: PrometheusRulesOptions): void {
  checkKeys('prometheusRules', options, KEYS);
  const { service = 'target_info', histograms = 'classic', prefix = '', remember = 1 } = options;
  if (!SERVICE_SOURCES.includes(service)) fail('service', service, `one of ${SERVICE_SOURCES.join(', ')}`);
  if (!['classic', 'native'].includes(histograms)) fail('histograms', histograms, "'classic' or 'native'");
  if (!/^[a-zA-Z0-9_]*$/.test(prefix)) fail('prefix', prefix, 'letters, digits and underscores');
  if (!(remember > 0 && Number.isFinite(remember))) fail('remember', remember, 'seconds above 0');
}

function fail(option: string, given: unknown, wanted: string): never {
  throw new TelemetryError('ERR_OPTION', `prometheusRules: ${option} is ${JSON.stringify(given)}; give ${wanted}.`);
}
