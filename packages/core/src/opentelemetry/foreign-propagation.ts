import { type Context, propagation, type TextMapGetter, type TextMapSetter } from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import type { Propagation } from './propagation.ts';
import type { Carriage } from './span-source.ts';

/** The process's global propagator, from when there is one; until then, ours. No method throws. */
export class ForeignPropagation implements Carriage {
  /** What is used, and may be registered, as long as there is no global one. */
  readonly own: Propagation;
  private readonly diagnostics: Diagnostics;
  private found: boolean;

  constructor(own: Propagation, diagnostics: Diagnostics) {
    this.own = own;
    this.diagnostics = diagnostics;
    this.found = false;
  }

  /** A global one does not say what it reads. */
  concerns(headers: Readonly<Record<string, unknown>>): boolean {
    return this.isGlobal() ? headers !== null && headers !== undefined : this.own.concerns(headers);
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    if (!this.isGlobal()) {
      this.own.inject(context, carrier, setter);
      return;
    }
    try {
      propagation.inject(context, carrier, setter);
    } catch (error) {
      this.problem('write', error);
    }
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    if (!this.isGlobal()) return this.own.extract(context, carrier, getter);
    try {
      return propagation.extract(context, carrier, getter);
    } catch (error) {
      this.problem('read', error);
      return context;
    }
  }

  fields(): string[] {
    return this.isGlobal() ? propagation.fields() : this.own.fields();
  }

  /** Without one the API knows no fields; it has no other way of telling. */
  private isGlobal(): boolean {
    try {
      this.found ||= propagation.fields().length > 0;
    } catch {
      this.found = true;
    }
    return this.found;
  }

  private problem(what: 'read' | 'write', error: unknown): void {
    this.diagnostics.problem(
      'ERR_ADAPTER',
      `propagator global ${what}`,
      () => `The global OpenTelemetry propagator could not ${what} its headers: ${messageOf(error)}`,
    );
  }
}
