import type { AttributeValue } from './attributes.ts';

/** Who produced the telemetry: `service.name`, `service.version`, … One object per service, compared by identity. */
export interface Resource {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A resource of which a part is still being found out: its `attributes` become more once, when `settled` resolves. */
export class LateResource implements Resource {
  attributes: Resource['attributes'];
  readonly #settled: Promise<void>;

  constructor(attributes: Resource['attributes'], settled: Promise<void>) {
    this.attributes = attributes;
    this.#settled = settled;
  }

  get settled(): Promise<void> {
    return this.#settled;
  }
}

/** The library or module that an instrument or tracer belongs to, as in OpenTelemetry. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}
