import type { Exporter } from '@telltale/core';
import { exportersWith } from './environment/index.ts';
import type { LoadPackage, MadeExporter } from './integration.ts';
import { type ExporterToMake, makeExporters } from './integrations/make-exporters.ts';
import { folderOf, type Sources } from './read-sources.ts';
import type { ExporterEntry, IntervalConfig } from './telltale-config.ts';

/** The entries of the file as the environment wants them, and those it adds; without those whose name an exporter made in code has. */
export function entriesOf(
  { file, environment }: Sources,
  ofCode: readonly Exporter[] = [],
): { readonly entry: ExporterEntry; readonly path: string; readonly source: string }[] {
  const taken = new Set(ofCode.map((exporter) => (exporter as Partial<Exporter> | null)?.name));
  const entries = file.entries.filter(({ entry }) => !taken.has(entry.name ?? entry.type));
  const others = [...[...taken].filter((name) => name !== undefined), ...file.refused.map(({ name }) => name)];
  const wanted = exportersWith(
    entries.map(({ entry }) => entry),
    environment,
    { others },
  );
  return wanted.flatMap(({ entry, index }) => {
    const path = index === undefined ? undefined : entries[index]?.path;
    if (path !== undefined) return [{ entry, path, source: file.source }];
    return [{ entry, path: `exporters.${entry.name ?? entry.type}`, source: 'environment' }];
  });
}

/** Makes them; what cannot be made shows in health, as does what was refused. Never throws. */
export function exportersOf(
  sources: Sources,
  ofCode: readonly Exporter[],
  interval: IntervalConfig | undefined,
  load: LoadPackage,
): readonly MadeExporter[] {
  const { file } = sources;
  const entries = entriesOf(sources, ofCode) as unknown as ExporterToMake[];
  const taken = ofCode.map((exporter) => (exporter as Partial<Exporter> | null)?.name ?? '');
  const refused = file.refused
    .filter(({ name }) => !taken.includes(name))
    .map(({ name, path, message }) => ({ name, path, source: file.source, problem: `${file.source}: ${message}` }));
  return makeExporters([...entries, ...refused], { load, folder: folderOf(sources), interval, taken });
}
