import type { Diagnostics } from '../diagnostics.ts';
import { isKept, type KeepRule } from './sampler.ts';

/** Spans of one local trace that wait for its decision; a longer trace loses the rest. */
const MAX_WAITING_SPANS = 128;

/** A span that has ended and was not sampled. */
export interface WaitingSpan {
  readonly failed: boolean;
  /** Seconds. */
  readonly seconds: number;
  /** Hands the finished span to the exporters. */
  send(): void;
}

/** Decides on spans when they have ended, because they were not sampled at their start. */
export interface SpanFate {
  /** Whether it is certain that the spans are sent. */
  readonly kept: boolean;
  ended(span: WaitingSpan, isLocalRoot: boolean): void;
}

/** Of spans that are recorded for span processors alone. */
export const NEVER_SENT: SpanFate = Object.freeze({ kept: false, ended() {} });

/**
 * The part of a trace that is in this process, from its first span (the local root) on, when it was not sampled but may still be kept.
 * Its spans wait until the local root ends; then all or none are sent. Spans that end later follow that decision at once.
 */
export class LocalTrace implements SpanFate {
  private readonly rule: KeepRule;
  private readonly diagnostics: Diagnostics;
  private waiting: WaitingSpan[];
  private overflow: number;
  private failed: boolean;
  private decision: 'open' | 'kept' | 'left';

  constructor(rule: KeepRule, diagnostics: Diagnostics) {
    this.rule = rule;
    this.diagnostics = diagnostics;
    this.waiting = [];
    this.overflow = 0;
    this.failed = false;
    this.decision = 'open';
  }

  get kept(): boolean {
    return this.decision === 'kept';
  }

  /** Takes a span that has ended. */
  ended(span: WaitingSpan, isLocalRoot: boolean): void {
    if (this.decision === 'kept') span.send();
    if (this.decision !== 'open') return;
    this.failed ||= span.failed;
    if (isLocalRoot) this.decide(span);
    else if (this.waiting.length < MAX_WAITING_SPANS) this.waiting.push(span);
    else this.overflow++;
  }

  private decide(root: WaitingSpan): void {
    const { waiting, overflow } = this;
    this.waiting = [];
    if (!isKept(this.rule, this.failed, root.seconds)) {
      this.decision = 'left';
      return;
    }
    this.decision = 'kept';
    for (const span of waiting) span.send();
    root.send();
    // Counted only now: in a trace that is not kept nothing is lost.
    for (let lost = 0; lost < overflow; lost++) {
      this.diagnostics.problem(
        'ERR_DROPPED',
        'sampling.keep',
        () =>
          `A trace saved by sampling.keep had more than ${MAX_WAITING_SPANS} spans before its first span ended; the rest were dropped. ` +
          'Raise sampling.ratio if such traces matter.',
      );
    }
  }
}
