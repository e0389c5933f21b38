import { checkExporters, type ErrorListener, type Exporter, type Telemetry, TelemetryError } from '@telltale/core';
import type { ConfigProblem } from './config-problem.ts';
import type { ConfigSource } from './config-source.ts';
import { type ConfigureOptions, checkConfigureOptions } from './configure-options.ts';
import { createWith, type Settings } from './create-with.ts';
import { disabledTelemetry } from './disabled-telemetry.ts';
import { UNKNOWN_SERVICE, UNKNOWN_SERVICE_PROBLEM } from './environment/unknown-service.ts';
import { exportersOf } from './exporters-of.ts';
import { packageLoader } from './integrations/load-package.ts';
import { loadDetectors } from './load-detectors.ts';
import { merge } from './merge.ts';
import { mergeEnvironment, mergeSections } from './merge-sections.ts';
import { packageFoldersOf, readSources, type Sources } from './read-sources.ts';
import { startDashboard } from './start-dashboard.ts';
import type { ResourceDetectorName } from './telltale-config.ts';

/**
 * The telemetry that file, code and environment ask for, in this order from the weakest. What is wrong in file and environment is left out, told
 * (`onError`, else a warning) and counted in `health()`; an exporter that cannot be made shows there as failing. Throws `ERR_OPTION` or
 * `ERR_EXPORTER` only for what code gives. `telemetry.shutdown()` ends everything, also the dashboard.
 */
export function configureTelemetry(options: ConfigureOptions = {}, source: ConfigSource = {}): Telemetry {
  const { exporters: given = [], onError, clock, ...code } = checkConfigureOptions(options);
  const ofCode: readonly Exporter[] = checkedList(given);
  const sources = readSources(source);
  const problems = sources.problems.filter((problem) => !isOfRefused(problem, sources));
  const ofFile = compatible(sources.file.sections, code, (key) => problems.push(leftOut(key, sources)));
  const ofEnvironment = compatible(sources.environment.config, code);
  const described = { service: sources.environment.described };
  const settings = mergeEnvironment<Settings>(
    mergeSections(merge<Settings>(described, ofFile), code as Settings),
    ofEnvironment,
  );
  if (settings.service?.name === undefined) problems.push(UNKNOWN_SERVICE_PROBLEM);
  const listener = onError ?? (settings.logLevel === 'none' ? silent : undefined);
  const fixed = { ...(clock !== undefined && { clock }), ...(listener !== undefined && { onError: listener }) };
  if (settings.disabled === true) return disabledTelemetry(settings.service?.name ?? UNKNOWN_SERVICE, fixed);

  const load = source.load ?? packageLoader(packageFoldersOf(sources));
  const tellOf = (path: string) => (message: string) =>
    problems.push({ source: 'configuration', path, found: '', message });
  const made = exportersOf(sources, ofCode, settings.interval, load);
  const detectors = isNames(settings.resourceDetectors)
    ? loadDetectors(settings.resourceDetectors, load, tellOf('resourceDetectors'))
    : undefined;
  const telemetry = createWith({
    settings,
    code: { ...code, service: merge(described.service, code.service) } as Settings,
    operator: [...Object.keys(ofFile), ...Object.keys(ofEnvironment)],
    fixed: {
      ...fixed,
      exporters: [...ofCode, ...made.map(({ exporter }) => exporter)],
      ...(detectors !== undefined && { resourceDetectors: detectors }),
    },
    tell: tellOf,
  });
  for (const problem of problems) report(telemetry, problem);
  startDashboard(telemetry, settings.dashboard, load, (message) =>
    report(telemetry, { source: 'configuration', path: 'dashboard', found: '', message }),
  );
  return telemetry;
}

function checkedList(exporters: unknown): readonly Exporter[] {
  if (!Array.isArray(exporters)) {
    throw new TelemetryError('ERR_OPTION', '"exporters" is not an array; write exporters: [prometheus()].');
  }
  checkExporters(exporters);
  return exporters;
}

/** The exporter of a refused entry tells what is wrong with it. */
function isOfRefused({ source, path }: ConfigProblem, { file }: Sources): boolean {
  return (
    source === file.source && file.refused.some((one) => path === one.path || /^[.[]/.test(afterPrefix(path, one.path)))
  );
}

function afterPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : '';
}

/** Without what cannot stand beside what code gives. The environment's is meant for OpenTelemetry's SDK as well, so that goes unsaid. */
function compatible<T extends object>(
  sections: T,
  code: Omit<ConfigureOptions, 'exporters'>,
  tell?: (key: string) => void,
): T {
  const isFile = tell !== undefined;
  const excluded =
    code.tracerProvider !== undefined
      ? ['sampling', 'spanLimits']
      : isFile && code.sampling?.sampler !== undefined
        ? ['sampling']
        : [];
  for (const key of excluded) if (Object.hasOwn(sections, key)) tell?.(key);
  return Object.fromEntries(Object.entries(sections).filter(([key]) => !excluded.includes(key))) as T;
}

function leftOut(key: string, { file }: Sources): ConfigProblem {
  const by = 'the service gives a tracerProvider or a sampler in code, which decides';
  return {
    source: file.source,
    path: key,
    found: 'an object',
    message: `${file.source}: "${key}" is left out: ${by}.`,
  };
}

function isNames(detectors: Settings['resourceDetectors']): detectors is readonly ResourceDetectorName[] {
  return Array.isArray(detectors) && detectors.length > 0 && detectors.every((one) => typeof one === 'string');
}

function report(telemetry: Telemetry, { source, path, message }: ConfigProblem): void {
  telemetry.problem(`configuration ${source} ${path} ${message}`, () => message, 'ERR_OPTION');
}

const silent: ErrorListener = () => {};
