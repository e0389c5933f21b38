/** `sampling` of `createTelemetry`, asked as the SDK's samplers are. */
import { type Context, ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api';
import { createTelemetry, type Telemetry } from '@telltale/core';
import { QUIET } from './service.ts';

interface Decided {
  readonly decision: number;
}

/** A telemetry is asked by starting a span of the trace in question, and looking at what became of it. */
class Asked {
  private readonly telemetry: Telemetry;
  private traceId = '';

  constructor(ratio: number) {
    this.telemetry = createTelemetry({
      ...QUIET,
      service: { name: 'conformance' },
      signals: { spans: true },
      sampling: { ratio },
      idGenerator: { generateTraceId: () => this.traceId, generateSpanId: () => '6e0c63257de34c92' },
    });
  }

  shouldSample(context: Context = ROOT_CONTEXT, traceId = 'd4cda95b652f4a1592b449d5929fda1b'): Decided {
    this.traceId = traceId;
    const within = typeof context.getValue === 'function' ? context : ROOT_CONTEXT;
    const span = this.telemetry.tracerProvider.getTracer('conformance').startSpan('asked', {}, within);
    const sampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
    // SamplingDecision.RECORD_AND_SAMPLED, RECORD and NOT_RECORD
    return { decision: sampled ? 2 : span.isRecording() ? 1 : 0 };
  }
}

export class AlwaysOnSampler extends Asked {
  constructor() {
    super(1);
  }
}

export class AlwaysOffSampler extends Asked {
  constructor() {
    super(0);
  }
}

export class TraceIdRatioBasedSampler extends Asked {}

/** With Telltale every sampler follows the parent. */
export class ParentBasedSampler {
  private readonly root: Asked;

  constructor({ root }: { readonly root: Asked }) {
    this.root = root;
  }

  shouldSample(context: Context, traceId: string): Decided {
    return this.root.shouldSample(context, traceId);
  }
}
