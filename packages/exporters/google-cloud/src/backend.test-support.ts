import type { Exporter } from '@telltale/core';
import { type GoogleCloudBackend, openGoogleCloudBackend } from '@telltale-internal/backends';
import { onTestFinished } from 'vitest';
import { type GoogleCloudOptions, googleCloud } from './index.ts';

export interface GoogleCloudUnderTest {
  readonly exporter: Exporter;
  readonly backend: GoogleCloudBackend;
}

/** An exporter that sends to a stand-in; both end with the test. */
export async function googleCloudUnderTest(options: GoogleCloudOptions = {}): Promise<GoogleCloudUnderTest> {
  const backend = await openGoogleCloudBackend();
  const exporter = exporterTo(backend, options);
  onTestFinished(() => backend.close());
  return { exporter, backend };
}

/** Another process that writes to the same backend. */
export function exporterTo(backend: GoogleCloudBackend, options: GoogleCloudOptions = {}): Exporter {
  const exporter = googleCloud({
    projectId: 'shop-1',
    endpoint: backend.url,
    tracesEndpoint: backend.tracesUrl,
    getAccessToken: async () => 'token',
    ...options,
  });
  onTestFinished(async () => exporter.shutdown?.());
  return exporter;
}
