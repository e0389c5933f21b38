import type { ResourceDetector } from '@telltale/core';
import { checkDetectorOptions, type DetectorOptions, detectorOf } from '@telltale/detector-kit';
import { GOOGLE_CLOUD } from './google-cloud-source.ts';

/**
 * Finds out where on Google Cloud the service runs: Compute Engine, GKE, Cloud Run and its jobs, Cloud Run functions, App Engine. For
 * `createTelemetry({ resourceDetectors })`, or OpenTelemetry's SDK. Needs no permissions, finds nothing elsewhere, never rejects; it has 0.8 s. Throws
 * `ERR_OPTION` for wrong options.
 */
export function googleCloudDetectors(options: DetectorOptions = {}): readonly ResourceDetector[] {
  checkDetectorOptions('googleCloudDetectors', options);
  return [detectorOf(GOOGLE_CLOUD, options)];
}
