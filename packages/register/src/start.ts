import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { type ConfigSource, configureTelemetry, disabledTelemetry, type ReadConfig } from '@telltale/config';
import { type ErrorListener, messageOf, type Telemetry, TelemetryError } from '@telltale/core';
import { observeHttpCalls } from '@telltale/http-client';
import { Announcement } from './announcement.ts';
import { findSource } from './find-source.ts';
import { instrumentBullmq } from './instrument-bullmq.ts';
import { instrumentExpress } from './instrument-express.ts';
import { instrumentNest } from './instrument-nest.ts';
import { packagesFor } from './load-packages.ts';
import { loadedModules } from './loaded-modules.ts';
import { Log } from './log.ts';
import { isLauncher } from './process-role.ts';
import { type SourceHere, sourceHere } from './source-here.ts';

/** Starts telemetry as file and environment have it, and has it observe what is loaded from now on. Never throws; what goes wrong is a warning. */
export function start(env: NodeJS.ProcessEnv): Telemetry {
  let log = new Log('info');
  try {
    if (isMainThread && isLauncher(process.argv[1])) return silentTelemetry();
    const found = findSource(env);
    const { disabled, logLevel = 'info' } = found.read.config;
    log = new Log(logLevel);
    if (disabled) return silentTelemetry();
    const here = sourceHere(found.source);
    if (!isMainThread && here.exporters.length === 0) return silentTelemetry();
    const telemetry = configured(here, found.read, log);
    attempt(log, 'register', () => telemetry.register());
    attempt(log, 'observe outgoing calls', () => observeHttpCalls(telemetry));
    attempt(log, 'observe frameworks', () =>
      loadedModules([instrumentExpress(telemetry), instrumentNest(telemetry, log), instrumentBullmq(telemetry)], log),
    );
    return telemetry;
  } catch (error) {
    log.warn(`Nothing is observed: ${messageOf(error)}`, 'ERR_OPTION');
    return silentTelemetry();
  }
}

/** What is wrong with the configuration is told by the main thread alone, and so is where everything goes to. */
function configured({ source, exporters }: SourceHere, { config, file }: ReadConfig, log: Log): Telemetry {
  let isTold = isMainThread;
  const say = (message: string): void => {
    if (isMainThread) log.info(message);
  };
  const onError: ErrorListener = (error, exporter) => {
    if (isTold) log.onError(error, exporter);
  };
  const announcement = new Announcement(exporters, (where) => say(`"${config.service?.name}" is observed: ${where}`));
  const load = packagesFor(foldersOf(source, file), announcement, say);
  const telemetry = configureTelemetry(isMainThread ? { onError } : { onError, dashboard: false }, { ...source, load });
  isTold = true;
  return telemetry;
}

/** Where packages are looked for, as `configureTelemetry` does. */
function foldersOf({ cwd = process.cwd() }: ConfigSource, file: string | undefined): readonly string[] {
  return file === undefined ? [cwd] : [cwd, dirname(file)];
}

/** What programs can record on, and nothing comes of it. */
function silentTelemetry(): Telemetry {
  return disabledTelemetry('silent', { onError: () => {} });
}

function attempt(log: Log, what: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof TelemetryError) log.onError(error);
    else log.warn(`Could not ${what}: ${messageOf(error)}`, 'ERR_ADAPTER');
  }
}
