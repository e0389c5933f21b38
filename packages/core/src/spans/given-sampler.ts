import {
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
  TraceFlags,
  type TraceState,
} from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';

/** `SamplingDecision` of OpenTelemetry. */
export const NOT_RECORD = 0;
const RECORD = 1;
export const RECORD_AND_SAMPLED = 2;

/** What a sampler says of one span. */
export interface SpanSamplingResult {
  /** 0: the span is not recorded. 1: it is, for span processors, but not exported. 2: it is exported. */
  readonly decision: number;
  /** Put on the span. */
  readonly attributes?: Readonly<Attributes> | undefined;
  /** That of the span; left out: its parent's. */
  readonly traceState?: TraceState | undefined;
}

/** A sampler of the OpenTelemetry SDK, 2.x or 3.x. */
export interface SpanSampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SpanSamplingResult;
}

const NOT_SAMPLED: SpanSamplingResult = Object.freeze({ decision: NOT_RECORD });

/** Someone's sampler. A span for which it throws, or gives what is no decision, is not recorded, and it is told once. */
export class GivenSampler {
  private readonly sampler: SpanSampler;
  private readonly diagnostics: Diagnostics;

  constructor(sampler: SpanSampler, diagnostics: Diagnostics) {
    this.sampler = sampler;
    this.diagnostics = diagnostics;
  }

  /** It is handed copies: it may keep them, and the span goes on. */
  decide(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: readonly Link[],
  ): SpanSamplingResult {
    try {
      const result: unknown = this.sampler.shouldSample(context, traceId, name, kind, { ...attributes }, [...links]);
      if (isResult(result)) return result;
      this.problem('gave what is no sampling result');
    } catch (error) {
      this.problem(`threw: ${messageOf(error)}`);
    }
    return NOT_SAMPLED;
  }

  private problem(did: string): void {
    this.diagnostics.problem(
      'ERR_ADAPTER',
      'sampling.sampler',
      () => `"sampling.sampler" ${did}; such spans are not recorded.`,
    );
  }
}

/** The flag that goes with a decision. */
export function flagOf(decision: number): number {
  return decision === RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE;
}

function isResult(result: unknown): result is SpanSamplingResult {
  const decision = (result as Partial<SpanSamplingResult> | null | undefined)?.decision;
  return decision === NOT_RECORD || decision === RECORD || decision === RECORD_AND_SAMPLED;
}
