import { type Clock, checkKeys, TelemetryError } from '@telltale/core';

/** Seconds that one source may take in all: less than the 1 s that core gives, so that it is never told of as late. */
export const DETECTOR_TIMEOUT = 0.8;

/** What `awsDetectors`, `googleCloudDetectors` and `azureDetectors` take. */
export interface DetectorOptions {
  /** Seconds that one source may take in all; default 0.8. What takes longer is not found. `createTelemetry` waits for 1 s at most. */
  readonly timeout?: number;
  /** Where time comes from; for tests. */
  readonly clock?: Clock;
}

/** Throws `ERR_OPTION` for options that `maker` (such as `awsDetectors`) does not have, and for those that cannot be. */
export function checkDetectorOptions(maker: string, options: DetectorOptions, own: readonly string[] = []): void {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError('ERR_OPTION', `${maker}() takes an object of options.`);
  }
  checkKeys(maker, options, ['timeout', 'clock', ...own]);
  const { timeout } = options;
  if (timeout === undefined || (Number.isFinite(timeout) && timeout > 0)) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"${maker}.timeout" is ${String(timeout)}; give a number of seconds above 0, such as ${DETECTOR_TIMEOUT}.`,
  );
}
