import { checkExporters, type Exporter, TelemetryError } from '@telltale/core';
import type { MadeExporter } from '../integration.ts';
import type { BackendIntegration } from './backend-integration.ts';
import { withCommonOptions } from './bare-exporter.ts';
import type { ParsedExporterEntry } from './exporter-entry.ts';
import { commonOptions, type OptionSettings, ownOptions } from './exporter-options.ts';
import { failingExporter } from './failing-exporter.ts';
import { integrationOf } from './integrations.ts';
import { problemText } from './problem-text.ts';
import { exporterName, tenantsOf } from './tenants-of.ts';

/** An entry of `exporters`, and where it stands. */
export type ExporterToMake = {
  /** `exporters[1]`. */
  readonly path: string;
  /** The file's name, or `environment`. */
  readonly source: string;
} & (
  | { readonly entry: ParsedExporterEntry }
  /** One that was refused: it shows in health. */
  | { readonly name: string; readonly problem: string }
);

export interface MakeSettings extends OptionSettings {
  /** Names of exporters that there are already. */
  readonly taken?: readonly string[];
}

type Maker = (options: object) => Exporter;

/** Makes the exporters of entries; those that cannot be made only show in health as failing. Never throws. */
export function makeExporters(entries: readonly ExporterToMake[], settings: MakeSettings): readonly MadeExporter[] {
  const names = new Set(settings.taken);
  return entries.flatMap((place) =>
    candidatesOf(place, settings).map(({ name, make }): MadeExporter => {
      try {
        if (names.has(name)) throw new TelemetryError('ERR_EXPORTER', nameTaken(place.path, name));
        const exporter = make();
        checkExporters([exporter]);
        names.add(name);
        return { exporter };
      } catch (error) {
        const problem = 'problem' in place ? place.problem : problemText(error, place);
        const free = freeName(name, names);
        names.add(free);
        return { exporter: failingExporter(free, problem), problem };
      }
    }),
  );
}

interface Candidate {
  readonly name: string;
  readonly make: () => Exporter;
}

/** The exporters that an entry asks for: none, one, or one for each tenant. */
function candidatesOf(place: ExporterToMake, settings: MakeSettings): readonly Candidate[] {
  if ('problem' in place) return [{ name: place.name, make: () => failing(place.problem) }];
  const { entry, path } = place;
  if (entry.enabled === false) return [];
  try {
    const one = integrationOf(entry.type);
    const maker = makerOf(one, settings);
    return tenantsOf(entry).map((tenant) => ({
      name: exporterName(entry, tenant),
      make: () => {
        const own = ownOptions(one, entry, { tenant, folder: settings.folder, path });
        const common = commonOptions(entry, { tenant, path }, settings);
        return one.bare ? withCommonOptions(maker(own), common, one.served ?? false) : maker({ ...own, ...common });
      },
    }));
  } catch (error) {
    // Once, however many tenants there are.
    return [{ name: exporterName(entry, undefined), make: () => failing(error) }];
  }
}

function makerOf(one: BackendIntegration, { load }: MakeSettings): Maker {
  const maker = load(one.package)[one.maker];
  if (typeof maker === 'function') return maker as Maker;
  throw new TelemetryError(
    'ERR_EXPORTER',
    `${one.package} has no ${one.maker}(); install the version that belongs to @telltale/config.`,
  );
}

function nameTaken(path: string, name: string): string {
  return `"${path}.name": there is an exporter called "${name}" already; give this one a name of its own.`;
}

function freeName(name: string, names: ReadonlySet<string>): string {
  for (let number = 2, free = name; ; number++) {
    if (!names.has(free)) return free;
    free = `${name}-${number}`;
  }
}

function failing(error: unknown): never {
  throw error;
}
