import {
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import type * as OpenTelemetryCore from '@opentelemetry/core';
import type * as OpenTelemetryXray from '@opentelemetry/propagator-aws-xray';
import type * as OpenTelemetryB3 from '@opentelemetry/propagator-b3';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf, TelemetryError } from '../errors.ts';
import { BaggagePropagator } from './baggage.ts';
import { LazyPropagator } from './lazy-propagator.ts';
import type { PropagatorName } from './propagators.ts';
import { TraceContextPropagator } from './trace-context.ts';

const TRACE_CONTEXT_FIELDS = ['traceparent', 'tracestate'];
const BAGGAGE_FIELDS = ['baggage'];
const B3_FIELDS = ['b3'];
const B3_MULTI_FIELDS = ['x-b3-traceid', 'x-b3-spanid', 'x-b3-flags', 'x-b3-sampled', 'x-b3-parentspanid'];
const XRAY_FIELDS = ['x-amzn-trace-id'];

interface Part {
  readonly name: string;
  readonly propagator: TextMapPropagator;
  /** The headers of which it needs at least one; `undefined` when only it knows. */
  readonly reads: readonly string[] | undefined;
  /** Looks for them in any case, so that it has to be asked. */
  readonly inAnyCase: boolean;
  /** Gives a right context or none. */
  readonly isOurs: boolean;
}

/**
 * Several formats as one propagator. All write; all read, one after the other, and what a later one finds goes before what an earlier one
 * found. No method throws: what fails is told to `onError`, once. Making it throws `ERR_OPTION` when a package is missing.
 */
export class Propagation implements TextMapPropagator {
  private readonly parts: readonly Part[];
  private readonly diagnostics: Diagnostics;
  /** `undefined` when it takes a propagator of someone else to know. */
  private readonly reads: readonly string[] | undefined;

  /** `traces`: whether spans are on, so that what reads and writes their context is needed for certain. */
  constructor(propagators: readonly (PropagatorName | TextMapPropagator)[], traces: boolean, diagnostics: Diagnostics) {
    this.parts = propagators.map((one) => (typeof one === 'string' ? named(one, traces) : foreign(one)));
    this.diagnostics = diagnostics;
    const reads = this.parts.map((part) => part.reads);
    this.reads = reads.includes(undefined) ? undefined : reads.flatMap((headers) => headers ?? []);
  }

  /** Whether `extract` may find something in headers with keys in lower case; most requests from browsers have nothing. */
  concerns(headers: Readonly<Record<string, unknown>>): boolean {
    if (headers === null || headers === undefined) return false;
    if (this.reads === undefined) return true;
    for (const header of this.reads) if (headers[header] !== undefined) return true;
    return false;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    for (const { name, propagator } of this.parts) {
      try {
        propagator.inject(context, carrier, setter);
      } catch (error) {
        this.problem(name, 'write', error);
      }
    }
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    let found = context;
    for (const { name, propagator, reads, inAnyCase, isOurs } of this.parts) {
      try {
        if (reads !== undefined && !inAnyCase && !hasAny(reads, carrier, getter)) continue;
        const given = propagator.extract(found, carrier, getter);
        found = isOurs ? given : checkedContext(given, found);
      } catch (error) {
        this.problem(name, 'read', error);
      }
    }
    return found;
  }

  fields(): string[] {
    return [...new Set(this.parts.flatMap((part) => this.fieldsOf(part)))];
  }

  private fieldsOf({ name, propagator }: Part): string[] {
    try {
      return propagator.fields();
    } catch (error) {
      this.problem(name, 'name', error);
      return [];
    }
  }

  private problem(name: string, what: 'read' | 'write' | 'name', error: unknown): void {
    this.diagnostics.problem('ERR_ADAPTER', `propagator ${name} ${what}`, () =>
      error instanceof TelemetryError
        ? error.message
        : `The propagator "${name}" could not ${what} its headers: ${messageOf(error)}`,
    );
  }
}

function named(name: PropagatorName, traces: boolean): Part {
  switch (name) {
    case 'tracecontext': {
      const create = (core: typeof OpenTelemetryCore) => new TraceContextPropagator(core);
      const propagator = new LazyPropagator(name, '@opentelemetry/core', traces, create, TRACE_CONTEXT_FIELDS);
      return { name, propagator, reads: ['traceparent'], inAnyCase: false, isOurs: true };
    }
    case 'baggage': {
      const create = (core: typeof OpenTelemetryCore) => new BaggagePropagator(core);
      const propagator = new LazyPropagator(name, '@opentelemetry/core', traces, create, BAGGAGE_FIELDS);
      return { name, propagator, reads: BAGGAGE_FIELDS, inAnyCase: false, isOurs: true };
    }
    case 'b3':
    case 'b3multi': {
      const isMulti = name === 'b3multi';
      const create = ({ B3Propagator, B3InjectEncoding }: typeof OpenTelemetryB3) =>
        new B3Propagator({ injectEncoding: B3InjectEncoding[isMulti ? 'MULTI_HEADER' : 'SINGLE_HEADER'] });
      const fields = isMulti ? B3_MULTI_FIELDS : B3_FIELDS;
      const propagator = new LazyPropagator(name, '@opentelemetry/propagator-b3', true, create, fields);
      // Either reads both.
      return { name, propagator, reads: ['b3', 'x-b3-traceid'], inAnyCase: false, isOurs: false };
    }
    case 'xray': {
      const create = ({ AWSXRayPropagator }: typeof OpenTelemetryXray) => new AWSXRayPropagator();
      const propagator = new LazyPropagator(name, '@opentelemetry/propagator-aws-xray', true, create, XRAY_FIELDS);
      return { name, propagator, reads: XRAY_FIELDS, inAnyCase: true, isOurs: false };
    }
  }
}

/** Its `fields` are those that it writes; which it reads, it does not say. */
function foreign(propagator: TextMapPropagator): Part {
  return {
    name: propagator.constructor?.name ?? 'object',
    propagator,
    reads: undefined,
    inAnyCase: true,
    isOurs: false,
  };
}

function hasAny(headers: readonly string[], carrier: unknown, getter: TextMapGetter): boolean {
  for (const header of headers) if (getter.get(carrier, header) !== undefined) return true;
  return false;
}

/** OpenTelemetry's propagators for B3 and X-Ray take upper-case ids, which no `traceparent` may have; others may give anything. */
function checkedContext(given: Context, before: Context): Context {
  if (given === before || typeof given?.getValue !== 'function') return before;
  const span = trace.getSpanContext(given);
  if (span === undefined || !/[A-F]/.test(span.traceId + span.spanId)) return given;
  const { traceId, spanId } = span;
  return trace.setSpanContext(given, { ...span, traceId: traceId.toLowerCase(), spanId: spanId.toLowerCase() });
}
