import { isMainThread } from 'node:worker_threads';
import { createTelemetry, messageOf, type Telemetry, TelemetryError, type TelemetryOptions } from '@telltale/core';
import { type EnvironmentConfig, findPackage, readEnvironment } from '@telltale/core/config';
import { observeHttpCalls } from '@telltale/http-client';
import { createExporters } from './create-exporters.ts';
import { instrumentBullmq } from './instrument-bullmq.ts';
import { instrumentExpress } from './instrument-express.ts';
import { instrumentNest } from './instrument-nest.ts';
import { loadedModules } from './loaded-modules.ts';
import { Log } from './log.ts';
import { observesProcess, packageFolder } from './process-role.ts';

/** Starts telemetry as the environment has it, and has it observe what is loaded from now on. Never throws; what goes wrong is a warning. */
export function start(env: NodeJS.ProcessEnv): Telemetry {
  const config = readEnvironment(env, { describe: () => findPackage(packageFolder()) });
  const log = new Log(config.logLevel);
  try {
    if (config.disabled || !observesProcess(config.exporters)) return silentTelemetry();
    if (isMainThread) for (const { message } of config.warnings) log.warn(message, 'ERR_OPTION');
    const telemetry = create(config, log);
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

/** Options that are refused, such as a propagator whose package is missing, are left out: the service has its name and its exporters. */
function create({ options, exporters }: EnvironmentConfig, log: Log): Telemetry {
  const { name } = options.service;
  const tell = (where: string): void => {
    if (isMainThread) log.info(`"${name}" is observed: ${where}`);
  };
  const withAll = (some: TelemetryOptions): Telemetry =>
    createTelemetry({ ...some, exporters: createExporters(exporters, tell), onError: log.onError });
  try {
    return withAll(options);
  } catch (error) {
    log.warn(`${messageOf(error)} Only the service and its exporters are taken from the environment.`, 'ERR_OPTION');
    return withAll({ service: options.service });
  }
}

/** What programs can record on, and nothing comes of it. */
function silentTelemetry(): Telemetry {
  return createTelemetry({
    service: { name: 'silent' },
    signals: { metrics: false, spans: false, events: false },
    operations: { disable: ['request', 'job', 'task', 'boundary', 'lock'] },
    shutdown: { signals: false },
    onError: () => {},
  });
}

function attempt(log: Log, what: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (error instanceof TelemetryError) log.onError(error);
    else log.warn(`Could not ${what}: ${messageOf(error)}`, 'ERR_ADAPTER');
  }
}
