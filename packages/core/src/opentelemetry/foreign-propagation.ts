import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import { registeredGlobally } from './global-api.ts';
import type { Propagation } from './propagation.ts';
import type { Carriage } from './span-source.ts';

/** The process's global propagator, from when there is one; until then, ours. No method throws. */
export class ForeignPropagation implements Carriage {
  /** What is used, and may be registered, as long as there is no global one. */
  readonly own: Propagation;
  private readonly diagnostics: Diagnostics;

  constructor(own: Propagation, diagnostics: Diagnostics) {
    this.own = own;
    this.diagnostics = diagnostics;
  }

  /** A global one does not say what it reads. */
  concerns(headers: Readonly<Record<string, unknown>>): boolean {
    return global() === undefined ? this.own.concerns(headers) : headers !== null && headers !== undefined;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    try {
      (global() ?? this.own).inject(context, carrier, setter);
    } catch (error) {
      this.problem('write', error);
    }
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    try {
      return (global() ?? this.own).extract(context, carrier, getter);
    } catch (error) {
      this.problem('read', error);
      return context;
    }
  }

  fields(): string[] {
    try {
      return (global() ?? this.own).fields();
    } catch (error) {
      this.problem('name', error);
      return [];
    }
  }

  private problem(what: 'name' | 'read' | 'write', error: unknown): void {
    this.diagnostics.problem(
      'ERR_ADAPTER',
      `propagator global ${what}`,
      () => `The global OpenTelemetry propagator could not ${what} its headers: ${messageOf(error)}`,
    );
  }
}

function global(): TextMapPropagator | undefined {
  return registeredGlobally().propagation;
}
