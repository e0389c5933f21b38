import type { TextMapPropagator } from '@opentelemetry/api';
import { nearestOf } from '../check-keys.ts';
import { TelemetryError } from '../errors.ts';

/** Formats of trace context and baggage, by the names that OTEL_PROPAGATORS has for them. */
export type PropagatorName = 'tracecontext' | 'baggage' | 'b3' | 'b3multi' | 'xray';

export const DEFAULT_PROPAGATORS: readonly PropagatorName[] = ['tracecontext', 'baggage'];
const NAMES: readonly PropagatorName[] = [...DEFAULT_PROPAGATORS, 'b3', 'b3multi', 'xray'];

/** The propagators without repetitions. Throws `ERR_OPTION` for what is none. */
export function checkPropagators(given: unknown): readonly (PropagatorName | TextMapPropagator)[] {
  if (!Array.isArray(given)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"propagators" is of type ${typeof given}; give an array such as ['tracecontext', 'baggage', 'b3'].`,
    );
  }
  for (const one of given as readonly unknown[]) {
    if (isPropagator(one) || NAMES.some((name) => name === one)) continue;
    throw new TelemetryError('ERR_OPTION', `"propagators" has ${problemOf(one)}`);
  }
  return [...new Set(given)];
}

function problemOf(one: unknown): string {
  if (one === 'none') return '"none"; for no propagation give an empty array.';
  if (typeof one === 'string') {
    const nearest = nearestOf(one, NAMES);
    const hint = nearest === undefined ? '.' : `; did you mean "${nearest}"?`;
    return `"${one}"${hint} Known are ${NAMES.join(', ')}; for another format give an object that implements TextMapPropagator.`;
  }
  return `${one === null ? 'null' : `a value of type ${typeof one}`}, which is no propagator; give one of ${NAMES.join(', ')}, or an object with inject, extract and fields.`;
}

function isPropagator(one: unknown): boolean {
  if (typeof one !== 'object' || one === null) return false;
  const { inject, extract, fields } = one as Partial<TextMapPropagator>;
  return [inject, extract, fields].every((method) => typeof method === 'function');
}
