import type { FinishedSpan } from '@telltale/core';
import { contextOf, sampleSpans } from '@telltale/testing';
import { awsTestOptions, openXrayBackend, type XrayDocument } from '@telltale-internal/backends';
import { expect } from 'vitest';
import { type XrayOptions, xray } from './index.ts';

/** What X-Ray has of these spans; it has no complaints. */
export async function documentsSent(
  spans: readonly FinishedSpan[],
  options: XrayOptions = {},
): Promise<readonly XrayDocument[]> {
  const backend = await openXrayBackend();
  const exporter = xray({ ...awsTestOptions(backend), ...options });
  try {
    const result = await exporter.exportSpans?.(spans, contextOf());
    expect(backend.server.complaints).toEqual([]);
    expect(result).toMatchObject({ accepted: spans.length, rejected: 0 });
    return backend.documents();
  } finally {
    await exporter.shutdown?.();
    await backend.close();
  }
}

/** The sample's server span, with changes. */
export function spanWith(over: Partial<FinishedSpan> = {}): FinishedSpan {
  return { ...(sampleSpans()[0] as FinishedSpan), ...over };
}
