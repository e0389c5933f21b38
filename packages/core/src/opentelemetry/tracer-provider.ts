import type { Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api';
import type { InstrumentationScope, Resource } from '../resource.ts';
import type { Tracing } from '../spans/tracer.ts';

/** OpenTelemetry's way in: its spans become ours. The same name, version and schema URL give the same tracer. Never throws. */
export function createTracerProvider(tracing: Tracing, resource: Resource): TracerProvider {
  const tracers = new Map<string, Tracer>();
  return {
    getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
      const scope = scopeOf(name, version, options?.schemaUrl);
      const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl]);
      const known = tracers.get(key);
      if (known !== undefined) return known;
      const tracer = tracing.tracer(scope, resource);
      tracers.set(key, tracer);
      return tracer;
    },
  };
}

function scopeOf(name: unknown, version: unknown, schemaUrl: unknown): InstrumentationScope {
  return {
    // The specification wants a working tracer without a name, too.
    name: typeof name === 'string' ? name : '',
    ...(typeof version === 'string' && version !== '' && { version }),
    ...(typeof schemaUrl === 'string' && schemaUrl !== '' && { schemaUrl }),
  };
}
