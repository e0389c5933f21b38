import type { Tracer } from '@opentelemetry/api';
import type { Resource } from '../resource.ts';
import { scopeKey } from '../scope-key.ts';
import type { Tracing } from '../spans/tracer.ts';
import { type ScopeOptions, scopeOf } from './scope.ts';
import type { TelemetryTracerProvider } from './span-source.ts';

/** Tracers that are found again; more have made-up names, which would fill the memory. */
const MAX_TRACERS = 1000;

/** What ends and delivers the spans of a provider. Neither rejects. */
export interface ProviderEnds {
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** OpenTelemetry's way in: its spans become ours. The same name, version, schema URL and attributes give the same tracer. No method throws. */
export class OwnTracerProvider implements TelemetryTracerProvider {
  readonly resource: Resource;
  private readonly tracing: Tracing;
  private readonly ends: ProviderEnds;
  private readonly tracers = new Map<string, Tracer>();
  private closed: Promise<void> | undefined = undefined;

  constructor(tracing: Tracing, resource: Resource, ends: ProviderEnds) {
    this.tracing = tracing;
    this.resource = resource;
    this.ends = ends;
  }

  getTracer(name: string, version?: string, options?: ScopeOptions): Tracer {
    const scope = scopeOf(name, version, options);
    const key = scopeKey(scope);
    const known = this.tracers.get(key);
    if (known !== undefined) return known;
    const tracer = this.tracing.tracer(scope, this.resource);
    if (this.tracers.size < MAX_TRACERS) this.tracers.set(key, tracer);
    return tracer;
  }

  forceFlush(): Promise<void> {
    return this.ends.flush();
  }

  shutdown(): Promise<void> {
    this.closed ??= this.ends.shutdown();
    return this.closed;
  }
}
