import type { ContextManager, TextMapPropagator, TracerProvider } from '@opentelemetry/api';

/** Under this, all copies of @opentelemetry/api 1.x in a process keep what is registered with any of them. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/** What is registered with OpenTelemetry's API. */
export interface Registered {
  readonly trace?: TracerProvider;
  readonly context?: ContextManager;
  readonly propagation?: TextMapPropagator;
}

const NOTHING: Registered = Object.freeze({});

/**
 * What is registered with whichever copy of OpenTelemetry's API 1.x. Through its functions, ours would not see what an older one registered: the SDK 2.x
 * wants API 1.9, so package managers give Telltale one of its own beside it.
 */
export function registeredGlobally(): Registered {
  return (globalThis as { readonly [REGISTRY]?: Registered })[REGISTRY] ?? NOTHING;
}
