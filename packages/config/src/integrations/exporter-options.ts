import { resolve } from 'node:path';
import type { DeliverySettings, Exporter, Signal } from '@telltale/core';
import type { LoadPackage } from '../integration.ts';
import { mergeIntervals } from '../merge-intervals.ts';
import { onlySet } from '../only-set.ts';
import type { BackendIntegration } from './backend-integration.ts';
import { exportFilter } from './export-filter.ts';
import type { ParsedExporterEntry } from './exporter-entry.ts';
import { fillTenant } from './fill-tenant.ts';
import { lazySpool } from './lazy-spool.ts';
import { exporterName, type Tenant } from './tenants-of.ts';

/** Seconds between exports: for all signals, or for each. */
type IntervalSetting = number | Partial<Readonly<Record<Signal, number | undefined>>>;

export interface OptionSettings {
  readonly load: LoadPackage;
  /** Relative paths are from here: the folder of the configuration file. */
  readonly folder: string;
  /** Of exporters that do not say their own. */
  readonly interval?: IntervalSetting | undefined;
}

/** What an exporter is told of its delivery, and which signals it is handed. */
export interface CommonOptions extends DeliverySettings {
  readonly name: string;
  readonly interval?: Exporter['interval'];
  readonly timeout?: number;
  readonly signals?: readonly Signal[];
}

/** The options of the backend's own. `path` is where the entry stands. Throws where `{tenant}` means nothing. */
export function ownOptions(
  { dimensions: option, optionsOf, paths = [] }: BackendIntegration,
  entry: ParsedExporterEntry,
  { tenant, folder, path }: { readonly tenant: Tenant | undefined; readonly folder: string; readonly path: string },
): Readonly<Record<string, unknown>> {
  const config: Record<string, unknown> = { ...fillTenant(entry.config ?? {}, tenant?.name, `${path}.config`) };
  for (const key of paths) if (typeof config[key] === 'string') config[key] = resolve(folder, config[key]);
  if (option !== undefined && entry.dimensions !== undefined) {
    const dimensions = fillTenant(entry.dimensions, tenant?.name, `${path}.dimensions`);
    config[option] = { ...(config[option] as object | undefined), ...dimensions };
  }
  return optionsOf === undefined ? config : optionsOf(config);
}

/** What is beside `config`, as every exporter takes it. */
export function commonOptions(
  entry: ParsedExporterEntry,
  { tenant, path }: { readonly tenant: Tenant | undefined; readonly path: string },
  settings: OptionSettings,
): CommonOptions {
  const { timeout, signals, sampling, rateLimit, adaptiveInterval, circuitBreaker, budget, spool, metrics } = entry;
  const prefix = fillTenant(metrics?.prefix, tenant?.name, `${path}.metrics.prefix`);
  const options = {
    name: exporterName(entry, tenant),
    interval: mergeIntervals<IntervalSetting>(settings.interval, entry.interval),
    timeout,
    signals,
    filter: exportFilter(entry, tenant),
    prefix,
    sampling,
    rateLimit,
    adaptiveInterval,
    circuitBreaker,
    budget,
    spool: spool && lazySpool(fillTenant(spool, tenant?.name, `${path}.spool`), settings.folder, settings.load),
  };
  return onlySet(options) as unknown as CommonOptions;
}
