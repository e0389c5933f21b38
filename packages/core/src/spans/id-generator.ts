import { isValidSpanId, isValidTraceId } from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { drawRandomness, newSpanId, newTraceId } from './span-ids.ts';

/** Makes the ids of traces and spans: an id generator of the OpenTelemetry SDK, such as `AWSXRayIdGenerator`. */
export interface IdGenerator {
  /** 32 lower-case hexadecimal digits, not all zero. The last 14 are to be random: sampling decides on them. */
  generateTraceId(): string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  generateSpanId(): string;
}

/** Throws `ERR_OPTION` for what is no id generator. */
export function checkIdGenerator(given: unknown): void {
  const { generateTraceId, generateSpanId } = (given ?? {}) as Partial<IdGenerator>;
  if (typeof generateTraceId === 'function' && typeof generateSpanId === 'function') return;
  throw new TelemetryError(
    'ERR_OPTION',
    `"idGenerator" is ${given === null ? 'null' : `of type ${typeof given}`} without generateTraceId and generateSpanId; give an id generator of the OpenTelemetry SDK, or leave it out for random ids.`,
  );
}

/** Someone's id generator. What it gives that is no id, and where it throws, is told once and replaced by a random id. */
export class GivenIds {
  private readonly generator: IdGenerator;
  private readonly diagnostics: Diagnostics;

  constructor(generator: IdGenerator, diagnostics: Diagnostics) {
    this.generator = generator;
    this.diagnostics = diagnostics;
  }

  traceId(): string {
    try {
      const id: unknown = this.generator.generateTraceId();
      if (typeof id === 'string' && isLowerCase(id) && isValidTraceId(id)) return id;
      this.problem('trace', `gave ${JSON.stringify(id)}, which is not 32 lower-case hexadecimal digits`);
    } catch (error) {
      this.problem('trace', `threw: ${messageOf(error)}`);
    }
    return newTraceId(drawRandomness());
  }

  spanId(): string {
    try {
      const id: unknown = this.generator.generateSpanId();
      if (typeof id === 'string' && isLowerCase(id) && isValidSpanId(id)) return id;
      this.problem('span', `gave ${JSON.stringify(id)}, which is not 16 lower-case hexadecimal digits`);
    } catch (error) {
      this.problem('span', `threw: ${messageOf(error)}`);
    }
    return newSpanId();
  }

  private problem(what: 'trace' | 'span', did: string): void {
    this.diagnostics.problem(
      'ERR_ADAPTER',
      `idGenerator ${what}`,
      () => `"idGenerator" ${did}; the ${what} got a random id instead.`,
    );
  }
}

function isLowerCase(id: string): boolean {
  return id === id.toLowerCase();
}
