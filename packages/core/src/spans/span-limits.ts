import { TelemetryError } from '../errors.ts';

/** How much one span can hold. What is left out is counted in the finished span's `dropped`. */
export interface SpanLimits {
  /** Attributes of a span; default 128. The first ones stay. */
  readonly attributes: number;
  /** Attributes of each event; default: as many as of a span. The first ones stay. */
  readonly eventAttributes: number;
  /** Attributes of each link; default: as many as of a span. The first ones stay. */
  readonly linkAttributes: number;
  /** Default 128. The last ones stay: an exception comes at the end. */
  readonly events: number;
  /** Default 128. The last ones stay. */
  readonly links: number;
  /** UTF-16 code units of a string, or of each string in an array; longer ones are cut. Default Infinity. */
  readonly attributeLength: number;
}

/** "Attribute Limits" and "Span Limits" of the OpenTelemetry specification. */
const DEFAULT_LIMITS: Omit<SpanLimits, 'eventAttributes' | 'linkAttributes'> = {
  attributes: 128,
  events: 128,
  links: 128,
  attributeLength: Number.POSITIVE_INFINITY,
};

/** Fills in the defaults. Throws `ERR_OPTION` for anything but counts. */
export function spanLimits(limits: Partial<SpanLimits> = {}): SpanLimits {
  const { attributes } = { ...DEFAULT_LIMITS, ...limits };
  const complete = { ...DEFAULT_LIMITS, eventAttributes: attributes, linkAttributes: attributes, ...limits };
  for (const [name, value] of Object.entries(complete)) {
    const count = value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 0);
    if (!count)
      throw new TelemetryError(
        'ERR_OPTION',
        `spanLimits.${name} is ${value}; give a whole number, 0 or more, or Infinity.`,
      );
  }
  return complete;
}
