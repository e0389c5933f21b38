import {
  createTelemetry,
  messageOf,
  type ServiceOptions,
  type Telemetry,
  TelemetryError,
  type TelemetryOptions,
} from '@telltale/core';
import { UNKNOWN_SERVICE } from './environment/unknown-service.ts';
import type { ServiceConfig, TelltaleConfig } from './telltale-config.ts';

/** File, code and environment together. */
export type Settings = Omit<TelltaleConfig, 'exporters' | 'resourceDetectors' | '$schema'> & {
  readonly resourceDetectors?: TelltaleConfig['resourceDetectors'] | NonNullable<TelemetryOptions['resourceDetectors']>;
};

export interface Creation {
  readonly settings: Settings;
  /** What code says by itself. */
  readonly code: Settings;
  /** Keys of `settings` that file or environment have a part in. */
  readonly operator: readonly string[];
  /** Beside the settings, as they are. */
  readonly fixed: Omit<Partial<TelemetryOptions>, 'service'>;
  readonly tell: (path: string) => (message: string) => void;
}

/**
 * Creates it, if need be without what core refuses although its definition allows it, such as a propagator whose package is missing: of file and
 * environment first one section, then all. Throws what code by itself is refused for.
 */
export function createWith({ settings, code, operator, fixed, tell }: Creation): Telemetry {
  try {
    return createTelemetry(optionsOf(settings, fixed));
  } catch (error) {
    const keys = [...new Set(operator)].filter((key) => Object.hasOwn(settings, key));
    for (const key of keys) {
      const telemetry = attempt(optionsOf(withoutOperator(settings, code, [key]), fixed));
      if (telemetry === undefined) continue;
      tell(key)(`"${key}" of file and environment is left out: ${messageOf(error)}`);
      return telemetry;
    }
    const telemetry = createTelemetry(optionsOf(withoutOperator(settings, code, keys), fixed));
    tell('')(`Of file and environment only the exporters are taken: ${messageOf(error)}`);
    return telemetry;
  }
}

function attempt(options: TelemetryOptions): Telemetry | undefined {
  try {
    return createTelemetry(options);
  } catch (error) {
    if (error instanceof TelemetryError) return undefined;
    throw error;
  }
}

function withoutOperator(settings: Settings, code: Settings, keys: readonly string[]): Settings {
  const given: Readonly<Record<string, unknown>> = { ...code };
  const ofCode = keys.map((key) => [key, given[key]]).filter(([, value]) => value !== undefined);
  const others = Object.entries(settings).filter(([key]) => !keys.includes(key));
  return Object.fromEntries([...others, ...ofCode]) as Settings;
}

function optionsOf(settings: Settings, fixed: Creation['fixed']): TelemetryOptions {
  const {
    disabled: _,
    logLevel: __,
    interval: ___,
    dashboard: ____,
    resourceDetectors,
    service,
    ...options
  } = settings;
  const detectors = resourceDetectors as TelemetryOptions['resourceDetectors'];
  return {
    ...options,
    ...(detectors !== undefined && { resourceDetectors: detectors }),
    service: serviceOf(service),
    ...fixed,
  } as TelemetryOptions;
}

function serviceOf({ name = UNKNOWN_SERVICE, namespace, ...service }: ServiceConfig = {}): ServiceOptions {
  if (namespace === undefined) return { name, ...service };
  return { name, ...service, attributes: { ...service.attributes, 'service.namespace': namespace } };
}
