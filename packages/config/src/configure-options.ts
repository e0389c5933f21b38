import { type ServiceOptions, TelemetryError, type TelemetryOptions } from '@telltale/core';
import { z } from 'zod';
import { dashboard } from './definitions/dashboard.ts';
import { interval } from './definitions/interval.ts';
import { Interpolation } from './interpolate.ts';
import { onlySet } from './only-set.ts';
import type { Plain } from './plain-data.ts';
import type { DashboardConfig, IntervalConfig } from './telltale-config.ts';
import { takeValid } from './validate/take-valid.ts';

/** What code says: the options of `createTelemetry`, none of which must be given, and what only configuration has. */
export interface ConfigureOptions extends Partial<Omit<TelemetryOptions, 'service'>> {
  readonly service?: Partial<ServiceOptions> & {
    /** What the service is a part of: `service.namespace`. */
    readonly namespace?: string;
  };
  /** The live page, by `@telltale/dashboard`. */
  readonly dashboard?: boolean | DashboardConfig;
  /** Seconds between exports, of exporters of file and environment that do not say their own. */
  readonly interval?: IntervalConfig;
}

const OWN = z.strictObject({ dashboard: z.union([z.boolean(), dashboard]).optional(), interval: interval.optional() });

/** Throws `ERR_OPTION` for what `createTelemetry` does not check. */
export function checkConfigureOptions(options: ConfigureOptions): ConfigureOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      "configureTelemetry takes an object of options, or nothing: configureTelemetry({ service: { name: 'checkout' } }).",
    );
  }
  const { dashboard: page, interval: seconds } = options;
  const own = onlySet({ dashboard: page, interval: seconds }) as Plain;
  const document = { interpolation: new Interpolation({}, () => {}), origins: new WeakMap(), at: [] };
  takeValid(
    OWN,
    own,
    document,
    ({ message }) => {
      throw new TelemetryError('ERR_OPTION', message);
    },
    true,
  );
  const { service } = options;
  if (service !== undefined && (typeof service !== 'object' || service === null)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"service" is ${String(service)}; give an object such as { name: 'checkout' }.`,
    );
  }
  const namespace: unknown = service?.namespace;
  if (namespace !== undefined && (typeof namespace !== 'string' || namespace === '')) {
    throw new TelemetryError('ERR_OPTION', '"service.namespace" is no text; give one, or leave it out.');
  }
  return options;
}
