import type { PropagatorName } from '@telltale/core';
import type { EnvironmentReader } from './environment-reader.ts';

const PROPAGATORS: readonly PropagatorName[] = ['tracecontext', 'baggage', 'b3', 'b3multi', 'xray'];

/** Nothing when only unknown ones are named: then the default serves better than none. */
export function readPropagators(reader: EnvironmentReader): readonly PropagatorName[] | undefined {
  const names = reader.words('OTEL_PROPAGATORS', PROPAGATORS);
  return names?.length === 0 && !reader.isNone('OTEL_PROPAGATORS') ? undefined : names;
}
