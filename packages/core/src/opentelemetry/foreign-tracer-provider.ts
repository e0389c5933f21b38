import { ProxyTracerProvider, type Tracer, type TracerOptions, type TracerProvider } from '@opentelemetry/api';
import type { Diagnostics } from '../diagnostics.ts';
import { messageOf } from '../errors.ts';
import { registeredGlobally } from './global-api.ts';
import { LateTracer } from './late-tracer.ts';
import type { TelemetryTracerProvider } from './span-source.ts';
import { OwnTracerProvider } from './tracer-provider.ts';

/** What the API's proxies hand on to while nothing is registered. */
const NOTHING = new ProxyTracerProvider().getDelegate();
const NO_TRACER = NOTHING.getTracer('');
/** Proxies of proxies that are looked through. */
const MAX_DEPTH = 4;

/** The tracer provider that is registered with the API, if it is none of ours. */
export function registeredProvider(): TracerProvider | undefined {
  const provider = globalProvider();
  return provider instanceof OwnTracerProvider || provider instanceof ForeignTracerProvider ? undefined : provider;
}

/** The tracer provider that is registered with the API, whosever it is. */
export function globalProvider(): TracerProvider | undefined {
  const { trace } = registeredGlobally();
  return trace && delegateOf(trace);
}

/** What proxies of the API hand on to; `undefined` for one that hands on to nothing. */
export function delegateOf(given: TracerProvider): TracerProvider | undefined {
  let provider = given;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { getDelegate } = provider as Partial<ProxyTracerProvider>;
    if (typeof getDelegate !== 'function') break;
    const delegate = getDelegate.call(provider);
    if (delegate === NOTHING) return undefined;
    provider = delegate;
  }
  return provider;
}

/** Hands on to another SDK's provider, from when there is one. Ending it is not for us: `shutdown` only delivers. */
export class ForeignTracerProvider implements TelemetryTracerProvider {
  private readonly find: () => TracerProvider | undefined;
  private readonly diagnostics: Diagnostics;

  constructor(find: () => TracerProvider | undefined, diagnostics: Diagnostics) {
    this.find = find;
    this.diagnostics = diagnostics;
  }

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const late = new LateTracer(this.find, (provider) => provider.getTracer(name, version, options));
    const current = (): Tracer => late.tracer ?? NO_TRACER;
    const tracer: Tracer = {
      startSpan: (...args) => current().startSpan(...args),
      startActiveSpan: (...args: readonly unknown[]) =>
        Reflect.apply(current().startActiveSpan, current(), args as unknown[]),
    };
    return tracer;
  }

  async forceFlush(): Promise<void> {
    try {
      const { forceFlush } = (this.find() ?? {}) as Partial<TelemetryTracerProvider>;
      await forceFlush?.call(this.find());
    } catch (error) {
      this.diagnostics.problem(
        'ERR_ADAPTER',
        'foreign tracer provider',
        () => `The tracer provider that Telltale makes its spans with could not flush: ${messageOf(error)}`,
      );
    }
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
