import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { Resource } from '../resource.ts';

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
    made = new SettledResource(resource.attributes);
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
