import { ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { RESOURCE, testTracing } from '../spans/tracing.test-support.ts';
import { createTracerProvider } from './tracer-provider.ts';

describe('createTracerProvider', () => {
  it('gives the same tracer for the same name, version and schema URL only', () => {
    const provider = createTracerProvider(testTracing().tracing, RESOURCE);
    const tracer = provider.getTracer('lib', '1', { schemaUrl: 'https://x' });
    expect(provider.getTracer('lib', '1', { schemaUrl: 'https://x' })).toBe(tracer);
    for (const other of [provider.getTracer('lib', '1'), provider.getTracer('lib', '2', { schemaUrl: 'https://x' })]) {
      expect(other).not.toBe(tracer);
    }
  });

  it('puts scope and resource on its spans', () => {
    const { tracing, finished } = testTracing();
    const provider = createTracerProvider(tracing, RESOURCE);
    provider.getTracer('lib', '1', { schemaUrl: 'https://x' }).startSpan('a', {}, ROOT_CONTEXT).end();
    provider.getTracer('lib').startSpan('b', {}, ROOT_CONTEXT).end();
    expect(finished.map(({ scope }) => scope)).toStrictEqual([
      { name: 'lib', version: '1', schemaUrl: 'https://x' },
      { name: 'lib' },
    ]);
    expect(finished[0]?.resource).toBe(RESOURCE);
  });

  it('tolerates a missing name', () => {
    const { tracing, finished } = testTracing();
    const provider = createTracerProvider(tracing, RESOURCE);
    for (const name of ['', undefined, null, 7] as string[])
      provider
        .getTracer(name, null as unknown as string)
        .startSpan('a')
        .end();
    expect(finished.map(({ scope }) => scope)).toStrictEqual(Array.from({ length: 4 }, () => ({ name: '' })));
  });
});
