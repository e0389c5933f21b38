import type { Exporter } from '@telltale/core';
import { openSplunkBackend, type SplunkBackend, type SplunkBackendOptions } from '@telltale-internal/backends';
import { onTestFinished } from 'vitest';
import { type SplunkOptions, splunk } from './index.ts';

export interface SplunkUnderTest {
  readonly exporter: Exporter;
  readonly backend: SplunkBackend;
}

/** An exporter that sends to a stand-in; both end with the test. */
export async function splunkUnderTest(
  options: SplunkOptions = {},
  how: SplunkBackendOptions = {},
): Promise<SplunkUnderTest> {
  const backend = await openSplunkBackend(how);
  const exporter = splunk({ url: backend.url, token: backend.token, ...options });
  onTestFinished(async () => {
    await exporter.shutdown?.();
    await backend.close();
  });
  return { exporter, backend };
}
