import { readFileSync } from 'node:fs';
import type { ConfigProblem } from '../config-problem.ts';
import { type OnlySet, onlySet } from '../only-set.ts';
import type { DashboardConfig, TelltaleConfig } from '../telltale-config.ts';
import { EnvironmentReader } from './environment-reader.ts';
import { type ExporterOrders, readExporterOrders } from './exporter-orders.ts';
import { readLogLevel } from './log-level.ts';
import type { PackageDescription } from './package-description.ts';
import { readPropagators } from './propagators.ts';
import { readResourceDetectors } from './resource-detectors.ts';
import { readSampling } from './sampling.ts';
import { readService } from './service.ts';
import { readSpanLimits } from './span-limits.ts';
import { tellUnknown } from './unknown-variables.ts';

export interface EnvironmentOptions {
  /** Gives the application's package.json: `() => findPackage(folder)`. */
  readonly describe?: () => PackageDescription | undefined;
  /** Gives the text of a file that a variable names (`OTEL_EXPORTER_OTLP_CERTIFICATE`); default: from disk. */
  readonly readFile?: (path: string) => string;
}

/** What the environment says, as plain data. What no variable says is missing. */
export interface EnvironmentConfig extends ExporterOrders {
  /** In the shape of a file, and stronger than file and code. */
  readonly config: Omit<TelltaleConfig, 'exporters' | '$schema'>;
  /** What package.json says of the service: weaker than everything else. */
  readonly described: PackageDescription;
  /** `TELLTALE_CONFIG`: the file to read. */
  readonly file?: string;
  /** What was not taken as it stands. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the variables in `VARIABLES`, and nothing but `env` and the certificates that it names. Never throws: a value that is wrong counts as not
 * set, and a problem names the variable, what was found (no secrets) and what is allowed.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { describe = () => undefined, readFile = (path) => readFileSync(path, 'utf8') }: EnvironmentOptions = {},
): EnvironmentConfig {
  const reader = new EnvironmentReader(env);
  const exemplars = reader.choice('OTEL_METRICS_EXEMPLAR_FILTER', ['trace_based', 'always_on', 'always_off']);
  const config = onlySet({
    disabled: reader.flag('OTEL_SDK_DISABLED'),
    logLevel: readLogLevel(reader),
    service: readService(reader),
    resourceDetectors: readResourceDetectors(reader),
    sampling: readSampling(reader),
    spanLimits: readSpanLimits(reader),
    metrics: exemplars && { exemplars },
    propagators: readPropagators(reader),
    runtime: reader.flag('TELLTALE_RUNTIME'),
    dashboard: readDashboard(reader),
  });
  const file = reader.text('TELLTALE_CONFIG');
  const orders = readExporterOrders(reader, readFile);
  tellUnknown(reader);
  return {
    config,
    described: orUndefined(describe) ?? {},
    ...(file !== undefined && { file }),
    ...orders,
    problems: reader.problems,
  };
}

/** Host and token alone open no dashboard: they are those of one whose port is in the file. */
function readDashboard(
  reader: EnvironmentReader,
): OnlySet<Pick<DashboardConfig, 'port' | 'host' | 'token'>> | undefined {
  const fields = onlySet({
    port: reader.port('TELLTALE_DASHBOARD_PORT'),
    host: reader.text('TELLTALE_DASHBOARD_HOST'),
    token: reader.text('TELLTALE_DASHBOARD_TOKEN'),
  });
  return Object.keys(fields).length === 0 ? undefined : fields;
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
