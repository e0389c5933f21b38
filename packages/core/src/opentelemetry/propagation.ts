import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';
import type * as OpenTelemetryCore from '@opentelemetry/core';
import { TelemetryError } from '../errors.ts';

const PACKAGE = '@opentelemetry/core';

/**
 * W3C trace context and baggage, in and out, by OpenTelemetry's own propagators. What is malformed is ignored.
 * Throws `ERR_OPTION` when @opentelemetry/core cannot be found, as in some bundles.
 */
export function createPropagator(): TextMapPropagator {
  return new LazyPropagator(findPackage());
}

/**
 * Importing @opentelemetry/core takes as long as all of Telltale may take, so it waits for the first call, which must have its answer
 * at once. Where it is, is found out at start-up, so that a bundle without it fails there and not in the first request.
 */
class LazyPropagator implements TextMapPropagator {
  private readonly location: string;
  private loaded: TextMapPropagator | undefined;

  constructor(location: string) {
    this.location = location;
    this.loaded = undefined;
  }

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    this.propagator().inject(context, carrier, setter);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    return this.propagator().extract(context, carrier, getter);
  }

  fields(): string[] {
    return this.propagator().fields();
  }

  private propagator(): TextMapPropagator {
    if (this.loaded === undefined) {
      const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = loadPackage(this.location);
      this.loaded = new CompositePropagator({
        propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
      });
    }
    return this.loaded;
  }
}

/** The file of the ES module, because it shares @opentelemetry/api with us; the CommonJS one would bring its own copy and take twice as long. */
function findPackage(): string {
  try {
    return fileURLToPath(import.meta.resolve(PACKAGE));
  } catch (cause) {
    throw notLoaded(cause);
  }
}

function loadPackage(location: string): typeof OpenTelemetryCore {
  try {
    const require = createRequire(import.meta.url);
    try {
      return require(location);
    } catch {
      // An ES module that someone is importing at this very moment cannot be required; the CommonJS one can.
      return require(PACKAGE);
    }
  } catch (cause) {
    throw notLoaded(cause);
  }
}

function notLoaded(cause: unknown): TelemetryError {
  return new TelemetryError(
    'ERR_OPTION',
    `${PACKAGE}, which reads and writes trace headers, cannot be loaded: keep it out of the bundle and install it beside, ` +
      'or pass `propagator` to createTelemetry.',
    { cause },
  );
}
