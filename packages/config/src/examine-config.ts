import { EXPORT_METHODS, type Exporter, type Signal } from '@telltale/core';
import type { ConfigSource } from './config-source.ts';
import { entriesOf } from './exporters-of.ts';
import { type IntegrationType, integrationOf } from './integrations/integrations.ts';
import { packageLoader } from './integrations/load-package.ts';
import { type ExporterToMake, makeExporters } from './integrations/make-exporters.ts';
import { type ReadConfig, readConfigOf } from './read-config.ts';
import { folderOf, packageFoldersOf, readSources } from './read-sources.ts';
import type { ExporterEntry } from './telltale-config.ts';

/** An exporter as it would run. */
export interface ExaminedExporter {
  readonly name: string;
  readonly type: string;
  /** Who asks for it: the file's name, `environment`. */
  readonly source: string;
  /** Where it stands there: `exporters[1]`. */
  readonly path: string;
  readonly package: string;
  readonly signals: readonly Signal[];
  /** Whether it waits to be asked, on a port, instead of sending. */
  readonly isServed: boolean;
  /** Seconds between exports; missing where it is served, or would do nothing. */
  readonly interval?: Readonly<Partial<Record<Signal, number>>>;
  /** Why it would do nothing but show in health, and the mend: its package is not installed, its options are refused. */
  readonly problem?: string;
}

export interface ExaminedConfig extends ReadConfig {
  /** Those that are switched on. */
  readonly exporters: readonly ExaminedExporter[];
}

/** "Seconds between exports" of the push loop in core, where neither exporter nor configuration says. */
const USUAL: Readonly<Record<Signal, number>> = { metrics: 60, spans: 5, events: 1 };
const SIGNALS = Object.keys(EXPORT_METHODS) as readonly Signal[];

/** As `readConfig`, and with the exporters really made, which loads their packages; nothing is started. Never throws. */
export function examineConfig(source: ConfigSource = {}): ExaminedConfig {
  const sources = readSources(source);
  const read = readConfigOf(sources);
  const folder = folderOf(sources);
  const load = source.load ?? packageLoader(packageFoldersOf(sources));
  const taken: string[] = [];
  const exporters = entriesOf(sources).flatMap((place) => {
    const made = makeExporters([place as unknown as ExporterToMake], {
      load,
      folder,
      interval: read.config.interval,
      taken,
    });
    taken.push(...made.map(({ exporter }) => exporter.name));
    return made.map(({ exporter, problem }) => examined(place, exporter, problem));
  });
  return { ...read, exporters };
}

function examined(
  { entry, path, source }: { readonly entry: ExporterEntry; readonly path: string; readonly source: string },
  exporter: Exporter,
  problem: string | undefined,
): ExaminedExporter {
  const { package: needed, signals: all, served = false } = integrationOf(entry.type as IntegrationType);
  const able = all.filter((signal) => entry.signals?.includes(signal) ?? true);
  const signals =
    served || problem !== undefined ? able : SIGNALS.filter((one) => exporter[EXPORT_METHODS[one]] !== undefined);
  return {
    name: exporter.name,
    type: entry.type,
    source,
    path,
    package: needed,
    signals,
    isServed: served,
    ...(!served && problem === undefined && { interval: intervals(exporter.interval, signals) }),
    ...(problem !== undefined && { problem }),
  };
}

function intervals(given: Exporter['interval'], signals: readonly Signal[]): Readonly<Partial<Record<Signal, number>>> {
  return Object.fromEntries(
    signals.map((signal) => [signal, (typeof given === 'number' ? given : given?.[signal]) ?? USUAL[signal]]),
  );
}
