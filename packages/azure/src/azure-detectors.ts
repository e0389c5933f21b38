import { type ResourceDetector, TelemetryError } from '@telltale/core';
import { checkDetectorOptions, type DetectorOptions, detectorOf } from '@telltale/detector-kit';
import { AZURE_PLATFORM } from './azure-platform-source.ts';
import { virtualMachine } from './virtual-machine-source.ts';

/** From "Azure Instance Metadata Service" of the Azure documentation. */
const ENDPOINT = 'http://169.254.169.254';

export interface AzureDetectorOptions extends DetectorOptions {
  /** Where the Instance Metadata Service is; `http:` only. Azure has no variable for it. Default http://169.254.169.254. */
  readonly endpoint?: string;
}

/**
 * Finds out where on Azure the service runs: virtual machines and scale sets, AKS, Container Apps, Functions, App Service. For
 * `createTelemetry({ resourceDetectors })`, or OpenTelemetry's SDK. Needs no permissions, finds nothing elsewhere, never rejects; each source has 0.8 s.
 * Throws `ERR_OPTION` for wrong options.
 */
export function azureDetectors(options: AzureDetectorOptions = {}): readonly ResourceDetector[] {
  checkDetectorOptions('azureDetectors', options, ['endpoint']);
  const { endpoint = ENDPOINT } = options;
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== 'http:') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"azureDetectors.endpoint" is ${JSON.stringify(endpoint)}; give an address with http, such as ${ENDPOINT}.`,
    );
  }
  // Of two that say the same, the later one counts: what runs on a virtual machine is more than that.
  return [detectorOf(virtualMachine(new URL(endpoint)), options), detectorOf(AZURE_PLATFORM, options)];
}
