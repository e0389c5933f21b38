import type { AttributeValue } from './attributes.ts';

/** Who produced the telemetry: `service.name`, `service.version`, … One object per service, compared by identity. */
export interface Resource {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** The library or module that an instrument or tracer belongs to, as in OpenTelemetry. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}
