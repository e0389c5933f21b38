import type { SamplingOptions } from '@telltale/core';
import type { EnvironmentReader } from './environment-reader.ts';

const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;

/** The share of new traces. Telltale's sampler always follows the caller's decision, which OpenTelemetry calls parent based. */
export function readSampling(reader: EnvironmentReader): SamplingOptions | undefined {
  const sampler = reader.choice('OTEL_TRACES_SAMPLER', SAMPLERS);
  if (sampler === undefined) return undefined;
  if (!sampler.startsWith('parentbased_')) {
    reader.tell(
      'OTEL_TRACES_SAMPLER',
      `It is taken as parentbased_${sampler}: where a caller has decided on a trace, its decision holds.`,
    );
  }
  if (sampler.endsWith('always_on')) return { ratio: 1 };
  if (sampler.endsWith('always_off')) return { ratio: 0 };
  return { ratio: readRatio(reader) ?? 1 };
}

function readRatio(reader: EnvironmentReader): number | undefined {
  const text = reader.text('OTEL_TRACES_SAMPLER_ARG');
  if (text === undefined) return undefined;
  const ratio = /^[\d.]+(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (ratio >= 0 && ratio <= 1) return ratio;
  reader.tell('OTEL_TRACES_SAMPLER_ARG', 'Use a number from 0 (no traces) to 1 (all); 1 is taken.');
  return undefined;
}
