import { context, createContextKey } from '@opentelemetry/api';
import type { CancelTimer, ResourceDetector } from '@telltale/core';
import { DETECTOR_TIMEOUT, type DetectorOptions } from './detector-options.ts';

/** Attributes by name, in whatever shape they came: what is not of its type is left out. */
export type Found<Key extends string> = { readonly [key in Key]?: unknown };

/** One place that knows where this process runs. */
export interface Source<Key extends string> {
  readonly name: string;
  /** Names of all the attributes that it may find. */
  readonly keys: readonly Key[];
  /** Those of them that are numbers; all others are text, or lists of it. */
  readonly numbers?: readonly Key[];
  /** Whether it can be there, as far as the environment says: what cannot is not asked. */
  isPossible(): boolean;
  /** Says what it finds, as it finds it. Whatever it has said when it ends, throws, or its time is over (`signal`) is taken. */
  ask(say: (found: Found<Key>) => void, signal: AbortSignal): Promise<void>;
}

/** A resource detector as OpenTelemetry 2.x and 3.x have them, whose promises never reject. */
export interface Detector extends ResourceDetector {
  readonly name: string;
  detect(): { readonly attributes: Readonly<Record<string, Promise<DetectedValue | undefined>>> };
}

type DetectedValue = string | number | readonly string[];

/** OpenTelemetry's own key, by which its instrumentations see that they are not to trace. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** Characters of a value; more is no name of anything, and would be sent with everything. */
const MAX_TEXT = 1024;

/** A detector that asks one source, within its time and without being traced. */
export function detectorOf<Key extends string>(source: Source<Key>, options: DetectorOptions = {}): Detector {
  return {
    name: source.name,
    detect: () => {
      if (!source.isPossible()) return { attributes: {} };
      const unobserved = context.active().setValue(SUPPRESS_TRACING, true);
      const answer = context.with(unobserved, () => answerOf(source, options));
      return { attributes: Object.fromEntries(source.keys.map((key) => [key, answer.then((found) => found[key])])) };
    },
  };
}

async function answerOf<Key extends string>(
  source: Source<Key>,
  { timeout = DETECTOR_TIMEOUT, clock }: DetectorOptions,
): Promise<Partial<Record<Key, DetectedValue>>> {
  const found: Partial<Record<Key, DetectedValue>> = {};
  const say = (more: Found<Key>): void => {
    for (const key of source.keys) {
      const value = source.numbers?.includes(key) ? numberOf(more[key]) : textOf(more[key]);
      if (value !== undefined) found[key] = value;
    }
  };
  const ending = new AbortController();
  const over = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  const cancel = (clock?.schedule ?? scheduled).call(clock, () => ending.abort(), timeout);
  try {
    await Promise.race([source.ask(say, ending.signal), over]);
  } catch {
    // Not there, or not what it seemed: the same as off this cloud, where nobody wants to read about it.
  } finally {
    cancel();
    // What is still being asked when one question failed.
    ending.abort();
  }
  return { ...found };
}

/** A timer of the system's that keeps no process alive. */
function scheduled(callback: () => void, seconds: number): CancelTimer {
  const timer = setTimeout(callback, seconds * 1000);
  timer.unref();
  return () => clearTimeout(timer);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function textOf(value: unknown): string | readonly string[] | undefined {
  if (isText(value)) return value;
  return Array.isArray(value) && value.length > 0 && value.every(isText) ? value : undefined;
}

/** Servers that are not what they seem answer with pages, which have line breaks. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT && /^[^\p{Cc}]+$/u.test(value);
}
