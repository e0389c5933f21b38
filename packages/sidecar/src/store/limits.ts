import { checkKeys, TelemetryError } from '@telltale/core';

/** What the sidecar keeps, and takes at once. */
export interface SidecarLimits {
  /** Series of all services together; default 50,000. */
  readonly series?: number;
  /** Series of all instances of one service; default 20,000. */
  readonly seriesPerService?: number;
  /** Instances of services, a resource each; default 1,000. */
  readonly instances?: number;
  /** Seconds without data after which a series, and an instance with all it told, is forgotten; default 300. Longer than the longest export interval. */
  readonly expireAfter?: number;
  /** Bytes of a request, as it comes and decompressed; default 16 MiB. */
  readonly bodyBytes?: number;
  /** Bytes of all requests that are being read or decoded; default 64 MiB. Past it they are told to come again. */
  readonly bytesInFlight?: number;
  /** Connections at once; default 1,000. */
  readonly connections?: number;
}

export type StoreLimits = Required<SidecarLimits> & {
  /** Scopes of an instance that are one object. */
  readonly scopes: number;
};

const MIB = 2 ** 20;

const DEFAULTS: Required<SidecarLimits> = {
  series: 50_000,
  seriesPerService: 20_000,
  instances: 1000,
  expireAfter: 300,
  bodyBytes: 16 * MIB,
  bytesInFlight: 64 * MIB,
  connections: 1000,
};

/** With defaults; throws `ERR_OPTION` for what is no limit. */
export function limitsOf(limits: SidecarLimits = {}): StoreLimits {
  checkKeys('limits', limits, Object.keys(DEFAULTS));
  for (const [key, value] of Object.entries(limits)) {
    const isLimit = typeof value === 'number' && value > 0 && (key === 'expireAfter' || Number.isSafeInteger(value));
    if (value === undefined || isLimit) continue;
    throw new TelemetryError(
      'ERR_OPTION',
      `"limits.${key}" is ${String(value)}; give a ${key === 'expireAfter' ? 'number' : 'whole number'} above 0.`,
    );
  }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...given, scopes: 1000 };
}
