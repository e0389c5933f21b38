/** The context manager that `createTelemetry` uses, under the names of the SDK's. */
import type { ContextManager } from '@opentelemetry/api';
import { createContexts } from '../../src/opentelemetry/context.ts';

// A class, as the tests call `new`; what it gives is ours as it is.
class Contexts {
  constructor() {
    // biome-ignore lint/correctness/noConstructorReturn: see above
    return createContexts();
  }
}

type Made = new () => ContextManager;
export const AsyncLocalStorageContextManager = class AsyncLocalStorageContextManager extends Contexts {} as Made;
export const AsyncHooksContextManager = class AsyncHooksContextManager extends Contexts {} as Made;
