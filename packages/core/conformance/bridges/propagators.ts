/** Telltale's propagators, made as OpenTelemetry's are. */
import type { TraceState as ApiTraceState, TextMapPropagator } from '@opentelemetry/api';
import * as core from '@opentelemetry/core';
import { Diagnostics } from '../../src/diagnostics.ts';
import { BaggagePropagator } from '../../src/opentelemetry/baggage.ts';
import { Propagation } from '../../src/opentelemetry/propagation.ts';

import { TraceContextPropagator } from '../../src/opentelemetry/trace-context.ts';
import { parseTraceState } from '../../src/opentelemetry/trace-state.ts';

export class W3CTraceContextPropagator extends TraceContextPropagator {
  constructor() {
    super(core);
  }
}

export class W3CBaggagePropagator extends BaggagePropagator {
  constructor() {
    super(core);
  }
}

export class CompositePropagator extends Propagation {
  constructor({ propagators = [] }: { readonly propagators?: readonly TextMapPropagator[] } = {}) {
    super(propagators, true, new Diagnostics(() => {}));
  }
}

export class B3SinglePropagator extends Propagation {
  constructor() {
    super(['b3'], true, new Diagnostics(() => {}));
  }
}

export class B3MultiPropagator extends Propagation {
  constructor() {
    super(['b3multi'], true, new Diagnostics(() => {}));
  }
}

/** The option is a name with us; the number is theirs (`B3InjectEncoding.MULTI_HEADER`). */
const MULTI_HEADER = 1;

export class B3Propagator extends Propagation {
  constructor({ injectEncoding }: { readonly injectEncoding?: number } = {}) {
    super([injectEncoding === MULTI_HEADER ? 'b3multi' : 'b3'], true, new Diagnostics(() => {}));
  }
}

/** Ours comes from a header only, so the empty one is one with its only member taken out again. */
export const TraceState = class TraceState {
  constructor(header?: string) {
    // biome-ignore lint/correctness/noConstructorReturn: what it gives is ours as it is
    return parseTraceState(header) ?? (parseTraceState('a=1') as ApiTraceState).unset('a');
  }
} as new (
  header?: string,
) => ApiTraceState;
