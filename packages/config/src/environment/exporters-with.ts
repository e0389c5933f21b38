import type { Signal } from '@telltale/core';
import type { ExporterEntry, IntervalConfig } from '../telltale-config.ts';
import type { EnvironmentConfig } from './environment.ts';
import { isServed, SIGNALS, signalsOfType, usualNamesOf } from './exporter-types.ts';
import { entriesOfOtlp } from './otlp-entries.ts';

/** An entry as the environment has it. */
export interface ReadyEntry {
  readonly entry: ExporterEntry;
  /** Which of the given entries it comes from; missing for one that the environment adds. */
  readonly index?: number;
}

export interface ExportersWithOptions {
  /** Names of exporters that there are besides, made in code or refused: they count as configured. */
  readonly others?: readonly string[];
}

/**
 * The entries of a file as the environment wants them: without signals that `OTEL_…_EXPORTER` gives to other types, with the options that variables
 * have for their type, and with entries for what is asked for and nobody configured. An entry of OTLP becomes one for each signal where the variables
 * of its signals differ in more than the address. Pure; entries that are switched off stay as they are.
 */
export function exportersWith(
  entries: readonly ExporterEntry[],
  environment: EnvironmentConfig,
  { others = [] }: ExportersWithOptions = {},
): ReadyEntry[] {
  const { exporters } = environment;
  const kept = entries.flatMap((entry, index): ReadyEntry[] => {
    if (entry.enabled === false) return [{ entry, index }];
    const taken = signalsOf(entry);
    // Types that are not known here stay, for whoever checks them to say so.
    const signals = taken?.filter((signal) => exporters[signal]?.includes(entry.type) ?? true);
    if (signals !== undefined && signals.length === 0) return [];
    const some = signals === undefined || signals.length === taken?.length ? entry : { ...entry, signals };
    return withOptions(some, environment).map((one) => ({ entry: one, index }));
  });
  const configured = kept.map(({ entry }) => entry).filter(({ enabled }) => enabled !== false);
  const wanted = others.length > 0 ? exporters : { ...impliedBeside(configured, environment), ...exporters };
  const added = addedEntries(wanted, configured, entries, others).flatMap((entry) => withOptions(entry, environment));
  return [...kept, ...added.map((entry) => ({ entry }))];
}

type Wanted = Readonly<Partial<Record<Signal, readonly string[]>>>;

/** Where anything is configured, an endpoint says where that goes to, and is no wish for more; a port of Prometheus serves nothing else. */
function impliedBeside(configured: readonly ExporterEntry[], { implied }: EnvironmentConfig): Wanted {
  if (configured.length === 0) return implied;
  const isTaken = configured.some((entry) => signalsOf(entry)?.includes('metrics'));
  return !isTaken && implied.metrics?.includes('prometheus') ? { metrics: ['prometheus'] } : {};
}

/** One entry for each type that is asked for and that nobody takes the signal to. */
function addedEntries(
  wanted: Wanted,
  configured: readonly ExporterEntry[],
  entries: readonly ExporterEntry[],
  others: readonly string[],
): ExporterEntry[] {
  const added = new Map<string, Signal[]>();
  for (const signal of SIGNALS) {
    for (const type of wanted[signal] ?? []) {
      const isTaken =
        configured.some((entry) => entry.type === type && signalsOf(entry)?.includes(signal)) ||
        usualNamesOf(type).some((name) => others.includes(name));
      if (!isTaken) added.set(type, [...(added.get(type) ?? []), signal]);
    }
  }
  const names = new Set(entries.map(({ name, type }) => name ?? type));
  return [...added].map(([type, signals]) => ({
    type,
    ...(names.has(type) && { name: `${type}-environment` }),
    ...(signals.length < (signalsOfType(type)?.length ?? 0) && { signals }),
  }));
}

function withOptions(entry: ExporterEntry, environment: EnvironmentConfig): ExporterEntry[] {
  const { overrides, interval, metricsTimeout } = environment;
  const own = Object.hasOwn(overrides, entry.type) ? overrides[entry.type] : undefined;
  const config = own === undefined ? entry.config : { ...asObject(entry.config), ...own };
  const signals = signalsOf(entry) ?? [];
  const pushed = !isServed(entry.type);
  const paces = pushed ? signals.filter((signal) => interval[signal] !== undefined) : [];
  const timeout = pushed && signals.includes('metrics') ? (metricsTimeout ?? entry.timeout) : entry.timeout;
  const ready: ExporterEntry = {
    ...entry,
    ...(config !== undefined && { config }),
    ...(timeout !== undefined && { timeout }),
    ...(paces.length > 0 && { interval: intervals(entry.interval, signals, environment) }),
  };
  return entry.type === 'otlp' ? entriesOfOtlp(ready, signals, environment.otlp) : [ready];
}

/** Those of the environment, and for the other signals what the entry says. */
function intervals(
  given: IntervalConfig | undefined,
  signals: readonly Signal[],
  { interval }: EnvironmentConfig,
): IntervalConfig {
  const own =
    typeof given === 'number' ? Object.fromEntries(signals.map((signal) => [signal, given])) : asObject(given);
  return {
    ...own,
    ...Object.fromEntries(signals.flatMap((signal) => (interval[signal] ? [[signal, interval[signal]]] : []))),
  };
}

/** Missing where the type is not known. */
function signalsOf({ type, signals }: ExporterEntry): readonly Signal[] | undefined {
  const able = signalsOfType(type);
  return Array.isArray(signals) ? able?.filter((signal) => signals.includes(signal)) : able;
}

/** What is read from a file can be anything. */
function asObject<T>(value: T): T | Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
