import type { PropagatorName } from '../opentelemetry/propagators.ts';
import type { EnvironmentReader } from './environment-reader.ts';

const PROPAGATORS: readonly PropagatorName[] = ['tracecontext', 'baggage', 'b3', 'b3multi', 'xray'];

/** Nothing when only unknown ones are named: then the default serves better than none. */
export function readPropagators(reader: EnvironmentReader): readonly PropagatorName[] | undefined {
  const text = reader.text('OTEL_PROPAGATORS');
  const names = reader.words('OTEL_PROPAGATORS', PROPAGATORS);
  return names?.length === 0 && text?.toLowerCase() !== 'none' ? undefined : names;
}
