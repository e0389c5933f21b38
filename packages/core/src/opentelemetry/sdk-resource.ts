import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { LateResource, type Resource } from '../resource.ts';

/** A resource as OpenTelemetry's SDK has it. */
export interface SdkResource {
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
  merge(other: SdkResource | null): SdkResource;
  getRawAttributes(): RawAttribute[];
}

type MaybePromise<T> = T | Promise<T>;
type RawAttribute = [string, MaybePromise<AttributeValue | undefined>];

const known = new WeakMap<Resource, SdkResource>();

/** One object for each of ours, because the SDK's exporters group by identity. */
export function sdkResource(resource: Resource): SdkResource {
  let made = known.get(resource);
  if (made === undefined) {
    made = resource instanceof LateResource ? new SdkLateResource(resource) : new SettledResource(resource.attributes);
    known.set(resource, made);
  }
  return made;
}

/** A resource of which nothing is still being found out. */
class SettledResource implements SdkResource {
  readonly attributes: Attributes;
  readonly asyncAttributesPending = false;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  async waitForAsyncAttributes(): Promise<void> {}

  /** The other one's attributes count where both have them. */
  merge(other: SdkResource | null): SdkResource {
    if (other === null || other === undefined) return this;
    if (other instanceof SettledResource) return new SettledResource({ ...this.attributes, ...other.attributes });
    // The SDK's own may wait for attributes and have a schema: it knows how to keep both. The first step makes ours count, the second its own.
    return other.merge(this).merge(other);
  }

  getRawAttributes(): RawAttribute[] {
    return Object.entries(this.attributes);
  }
}

/** One whose detectors may not have answered yet; the SDK's exporters wait for it, by their own rules. */
class SdkLateResource implements SdkResource {
  private readonly resource: LateResource;
  private pending = true;

  constructor(resource: LateResource) {
    this.resource = resource;
    void resource.settled.then(() => {
      this.pending = false;
    });
  }

  get attributes(): Attributes {
    return this.resource.attributes;
  }

  get asyncAttributesPending(): boolean {
    return this.pending;
  }

  waitForAsyncAttributes(): Promise<void> {
    return this.resource.settled;
  }

  merge(other: SdkResource | null): SdkResource {
    return new SettledResource(this.attributes).merge(other);
  }

  getRawAttributes(): RawAttribute[] {
    return Object.entries(this.attributes);
  }
}
