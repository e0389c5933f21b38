import type { Signal } from '@telltale/core';
import type { ConfigSource } from './config-source.ts';
import { entriesOf } from './exporters-of.ts';
import { type IntegrationType, integrationOf } from './integrations/integrations.ts';
import { readSources } from './read-sources.ts';

/** An exporter that file or environment ask for. */
export interface ConfiguredExporter {
  readonly name: string;
  readonly type: string;
  /** Who asks for it: the file's name, `environment`. */
  readonly source: string;
  /** Whether it is the file that does. */
  readonly isOfFile: boolean;
  readonly signals: readonly Signal[];
  /** Whether it waits to be asked, on a port, instead of sending. */
  readonly isServed: boolean;
}

/** Those that are switched on, and of the file those that were refused, too, which take no signals. Loads no packages; never throws. */
export function configuredExporters(source: ConfigSource = {}): readonly ConfiguredExporter[] {
  const sources = readSources(source);
  const { file } = sources;
  const taken = entriesOf(sources).flatMap(({ entry, source: from }) => {
    if (entry.enabled === false) return [];
    const { signals, served = false } = integrationOf(entry.type as IntegrationType);
    return {
      name: entry.name ?? entry.type,
      type: entry.type,
      source: from,
      isOfFile: from !== 'environment',
      signals: signals.filter((signal) => entry.signals?.includes(signal) ?? true),
      isServed: served,
    };
  });
  const refused = file.refused.map(({ name }) => ({
    name,
    type: name,
    source: file.source,
    isOfFile: true,
    signals: [],
    isServed: false,
  }));
  return [...taken, ...refused];
}
