import type { PropagatorName } from '../opentelemetry/propagators.ts';
import type { TelemetryOptions } from '../telemetry-options.ts';
import type { ConfigWarning } from './config-warning.ts';
import { EnvironmentReader } from './environment-reader.ts';
import { type ExporterConfig, readExporters } from './exporter-config.ts';
import { type LogLevel, readLogLevel } from './log-level.ts';
import type { PackageDescription } from './package-description.ts';
import { readPropagators } from './propagators.ts';
import { readSampling } from './sampling.ts';
import { readService } from './service.ts';
import { readSpanLimits } from './span-limits.ts';
import { warnOfUnknown } from './unknown-variables.ts';

export interface EnvironmentOptions {
  /** Gives the application's package.json, for the name and version that the environment does not tell: `() => findPackage(folder)`. */
  readonly describe?: () => PackageDescription | undefined;
}

/** What the environment asks for, as plain data. */
export interface EnvironmentConfig {
  /** `OTEL_SDK_DISABLED`: start nothing. */
  readonly disabled: boolean;
  /** For `createTelemetry`, together with the exporters. */
  readonly options: Pick<TelemetryOptions, 'service' | 'sampling' | 'spanLimits'> & {
    readonly propagators?: readonly PropagatorName[];
    readonly runtime?: true;
  };
  readonly exporters: readonly ExporterConfig[];
  readonly logLevel: LogLevel;
  /** What was not taken as it stands. */
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Reads the variables in `VARIABLES`, and nothing but `env`. Never throws: a value that is wrong counts as not set, and a warning
 * names the variable, what was found and what is allowed.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { describe = () => undefined }: EnvironmentOptions = {},
): EnvironmentConfig {
  const reader = new EnvironmentReader(env);
  const sampling = readSampling(reader);
  const spanLimits = readSpanLimits(reader);
  const propagators = readPropagators(reader);
  const runtime = reader.flag('TELLTALE_RUNTIME');
  const config = {
    disabled: reader.flag('OTEL_SDK_DISABLED'),
    options: {
      service: readService(reader, () => orUndefined(describe)),
      ...(sampling && { sampling }),
      ...(spanLimits && { spanLimits }),
      ...(propagators && { propagators }),
      ...(runtime && { runtime }),
    },
    exporters: readExporters(reader),
    logLevel: readLogLevel(reader),
  };
  warnOfUnknown(reader);
  return { ...config, warnings: reader.warnings };
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
