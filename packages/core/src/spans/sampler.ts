import { TelemetryError } from '../errors.ts';
import type { SpanSampler } from './given-sampler.ts';
import { RANDOMNESS_BITS, randomnessOf } from './span-ids.ts';

/** Which traces are recorded. A parent from another service always decides for its children. */
export interface SamplingOptions {
  /** The share of new traces to record, from 0 to 1; default 1. */
  readonly ratio?: number;
  /** What to record besides, decided when the first span of the trace in this process ends. Costs as much as recording everything, but sends less. */
  readonly keep?: {
    /** Keep a trace in which a span has status error. Default false. */
    readonly errors?: boolean;
    /** Keep a trace whose first span in this process took longer than this many seconds. */
    readonly slowerThan?: number;
  };
}

/** Which spans are recorded: by a share of the traces, or as a sampler says. */
export interface SpanSamplingOptions extends SamplingOptions {
  /**
   * A sampler of the OpenTelemetry SDK, 2.x or 3.x: asked for each span. Instead of `ratio` and `keep`. Where it throws, the span is not recorded.
   */
  readonly sampler?: SpanSampler;
}

/** Throws `ERR_OPTION` for what is wrong. */
export function checkSampling(options: SpanSamplingOptions | undefined): void {
  new Sampler(options);
  const { sampler, ...own } = options ?? {};
  if (sampler === undefined) return;
  if (typeof (sampler as Partial<SpanSampler> | null)?.shouldSample !== 'function') {
    throw invalid(
      'sampling.sampler',
      sampler,
      'a sampler of the OpenTelemetry SDK, an object with shouldSample(), or for a share of the traces sampling.ratio',
    );
  }
  const other = (['ratio', 'keep'] as const).find((key) => own[key] !== undefined);
  if (other === undefined) return;
  throw new TelemetryError(
    'ERR_OPTION',
    `sampling.sampler and sampling.${other} are both given; the sampler decides alone: leave one of them out.`,
  );
}

/** `sampling.keep` with its defaults. */
export interface KeepRule {
  readonly errors: boolean;
  /** Seconds; Infinity when not asked for. */
  readonly slowerThan: number;
}

/**
 * Decides on new traces by OpenTelemetry's consistent probability rule: a trace is recorded when the random part of its id is not below
 * (1 - ratio) of the highest one. Services with the same or a higher ratio decide alike for the same trace id.
 */
export class Sampler {
  /** Missing when spans that are not sampled need not be recorded at all. */
  readonly keep: KeepRule | undefined;
  private readonly rejectBelow: number;

  /** Throws `ERR_OPTION`. */
  constructor(options: SamplingOptions = {}) {
    if (typeof options !== 'object' || options === null) {
      throw invalid('sampling', options, 'an object such as { ratio: 0.1 }');
    }
    const { ratio = 1, keep } = options;
    if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 1)) {
      throw invalid('sampling.ratio', ratio, 'a number from 0 (none) to 1 (all); for percent divide by 100');
    }
    this.rejectBelow = Math.round((1 - ratio) * 2 ** RANDOMNESS_BITS);
    this.keep = keepRule(keep);
  }

  /** Whether to record the new trace with this random part (`drawRandomness`). */
  samples(randomness: number): boolean {
    return randomness >= this.rejectBelow;
  }

  /** Whether to take a finished part of a trace: by its trace's id, or because `keep` says so. */
  takes(traceId: string, failed: boolean, seconds: number): boolean {
    return this.samples(randomnessOf(traceId)) || (this.keep !== undefined && isKept(this.keep, failed, seconds));
  }
}

/** Whether the rule keeps what took so many seconds. */
export function isKept(rule: KeepRule, failed: boolean, seconds: number): boolean {
  return (rule.errors && failed) || seconds > rule.slowerThan;
}

function keepRule(keep: SamplingOptions['keep']): KeepRule | undefined {
  if (keep === undefined) return undefined;
  if (typeof keep !== 'object' || keep === null) {
    throw invalid('sampling.keep', keep, 'an object such as { errors: true, slowerThan: 1 }');
  }
  const { errors = false, slowerThan = Number.POSITIVE_INFINITY } = keep;
  if (typeof errors !== 'boolean') throw invalid('sampling.keep.errors', errors, 'true or false');
  if (typeof slowerThan !== 'number' || !(slowerThan >= 0)) {
    throw invalid('sampling.keep.slowerThan', slowerThan, 'a number of seconds, 0 or more');
  }
  return errors || slowerThan < Number.POSITIVE_INFINITY ? { errors, slowerThan } : undefined;
}

function invalid(option: string, value: unknown, mend: string): TelemetryError {
  const shown =
    typeof value === 'number' ? String(value) : typeof value === 'string' ? JSON.stringify(value) : typeof value;
  return new TelemetryError('ERR_OPTION', `${option} is ${shown}; give ${mend}.`);
}
