import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  type ConfigProblem,
  type ConfigSource,
  type ExaminedExporter,
  examineConfig,
  type LoadPackage,
  packageLoader,
} from '@telltale/config';
import { TelemetryError } from '@telltale/core';
import { findInstalled } from '../doctor/project/installed.ts';
import { missingPackages } from './missing-packages.ts';

/** What would run by file and environment, and what is wrong with them. No secrets. */
export interface ConfigReport {
  /** The file that was read, as an absolute path; missing where there is none. */
  readonly file?: string;
  /** Whether that file is there. */
  readonly isThere: boolean;
  /** Whether nothing would be observed or sent. */
  readonly disabled: boolean;
  readonly service: { readonly name: string; readonly version?: string; readonly environment?: string };
  readonly exporters: readonly ExaminedExporter[];
  /** Names of exporters whose `enabled` is false. */
  readonly switchedOff: readonly string[];
  readonly resourceDetectors: readonly string[];
  /** Where the live page would be; missing where there is none. */
  readonly dashboard?: { readonly host: string; readonly port: number };
  readonly problems: readonly ConfigProblem[];
  /** Whether there are no problems. */
  readonly ok: boolean;
}

const BRINGING = ['@telltale/register', '@telltale/config'];
/** Of `@telltale/dashboard`. */
const DASHBOARD = { host: 'localhost', port: 9465 };

/** As a service that is started in `cwd` would have it. Loads the file and the packages of exporters; starts nothing. */
export function configReport(file: string | undefined, env: NodeJS.ProcessEnv, cwd: string): ConfigReport {
  const source: ConfigSource = { env, cwd, ...(file !== undefined && { file }) };
  const folders = [cwd, ...(file === undefined ? [] : [dirname(resolve(cwd, file))])];
  const { config, exporters, problems, ...read } = examineConfig({
    ...source,
    load: packagesOf(folders),
  });
  const failing = exporters.flatMap(({ problem, path, source }) =>
    problem === undefined ? [] : [{ source, path, found: '', message: problem }],
  );
  const all = [...problems, ...failing, ...missingPackages(config, folders)];
  const { service, dashboard, resourceDetectors = [], disabled = false } = config;
  const { name = '', version, environment } = service ?? {};
  const { host = DASHBOARD.host, port = DASHBOARD.port } = typeof dashboard === 'object' ? dashboard : {};
  return {
    ...(read.file !== undefined && { file: read.file }),
    isThere: read.file === undefined ? file === undefined : existsSync(read.file),
    disabled,
    service: { name, ...(version !== undefined && { version }), ...(environment !== undefined && { environment }) },
    exporters,
    switchedOff: (config.exporters ?? [])
      .filter(({ enabled }) => enabled === false)
      .map(({ name, type }) => name ?? type),
    resourceDetectors,
    ...(dashboard !== undefined && dashboard !== false && { dashboard: { host, port } }),
    problems: all,
    ok: all.length === 0,
  };
}

/** As the service would load them: from its own folders, or with what `@telltale/register` and `@telltale/config` bring. */
function packagesOf(folders: readonly string[]): LoadPackage {
  const brought = folders.flatMap((folder) =>
    BRINGING.map((name) => findInstalled(name, folder)?.folder).filter((one) => one !== undefined),
  );
  const places = [...folders, ...brought];
  const load = packageLoader(places);
  return (name) => {
    const installed = name.split('/').slice(0, 2).join('/');
    // Its core is beside this program, too, which would find what the service does not.
    if (installed !== '@telltale/core' && places.every((place) => findInstalled(installed, place) === undefined)) {
      throw new TelemetryError('ERR_EXPORTER', `${installed} is not installed; run \`npm install ${installed}\`.`);
    }
    return load(name);
  };
}
