import type { TracerProvider } from '@opentelemetry/api';

/** A tracer of whichever provider there is when it is asked for: made once for each. */
export class LateTracer<T> {
  private readonly find: () => TracerProvider | undefined;
  private readonly make: (provider: TracerProvider) => T | undefined;
  private provider: TracerProvider | undefined;
  private made: T | undefined;

  constructor(find: () => TracerProvider | undefined, make: (provider: TracerProvider) => T | undefined) {
    this.find = find;
    this.make = make;
    this.provider = undefined;
    this.made = undefined;
  }

  /** `undefined` while there is no provider. */
  get tracer(): T | undefined {
    const provider = this.find();
    if (provider !== this.provider) {
      this.provider = provider;
      this.made = provider && this.make(provider);
    }
    return this.made;
  }
}
