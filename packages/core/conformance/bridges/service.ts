import type { ServiceOptions, TelemetryOptions } from '@telltale/core';

/** The SDK's resource, as far as the bridges read it. */
export interface GivenResource {
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What every bridge has: no exporter, so that the tests' readers and processors are all there is. */
export const QUIET = { shutdown: { signals: false }, onError: () => {} } as const satisfies Partial<TelemetryOptions>;

/** Telltale makes the resource of `service`; the SDK is handed one that is made. */
export function serviceOf(resource: GivenResource | undefined): ServiceOptions {
  const { 'service.name': name = 'conformance', ...rest } = resource?.attributes ?? {};
  return { name: String(name), attributes: rest as NonNullable<ServiceOptions['attributes']> };
}
