import {
  type Context,
  defaultTextMapGetter,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import type * as OpenTelemetryCore from '@opentelemetry/core';

const BAGGAGE = 'baggage';
/** What a header may hold: node:http throws at anything else, in the middle of the service's own call. */
const HEADER_VALUE = /^[\t -~]*$/;

/**
 * W3C baggage: OpenTelemetry's own propagator. It passes the properties of a member on as they came, so baggage that no header can hold is
 * left out as a whole.
 */
export class BaggagePropagator implements TextMapPropagator {
  private readonly inner: TextMapPropagator;

  constructor({ W3CBaggagePropagator }: typeof OpenTelemetryCore) {
    this.inner = new W3CBaggagePropagator();
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    this.inner.inject(context, carrier, {
      set: (to, key, value) => {
        if (HEADER_VALUE.test(value)) setter.set(to, key, value);
      },
    });
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const given: unknown = getter.get(carrier, BAGGAGE);
    const header = Array.isArray(given) ? given.filter((one) => typeof one === 'string').join(',') : given;
    // Headers of queues may hold anything, and it throws at what is no text.
    return typeof header === 'string'
      ? this.inner.extract(context, { [BAGGAGE]: header }, defaultTextMapGetter)
      : context;
  }

  fields(): string[] {
    return this.inner.fields();
  }
}
