import { TelemetryError } from '../errors.ts';

/** How much one span can hold. What is left out is counted in the finished span's `dropped`. */
export interface SpanLimits {
  /** Attributes of a span, and of each of its events and links; default 128. The first ones stay. */
  readonly attributes: number;
  /** Default 128. The last ones stay: an exception comes at the end. */
  readonly events: number;
  /** Default 128. The last ones stay. */
  readonly links: number;
  /** UTF-16 code units of a string, or of each string in an array; longer ones are cut. Default Infinity. */
  readonly attributeLength: number;
}

/** "Attribute Limits" and "Span Limits" of the OpenTelemetry specification. */
const DEFAULT_LIMITS: SpanLimits = {
  attributes: 128,
  events: 128,
  links: 128,
  attributeLength: Number.POSITIVE_INFINITY,
};

/** Fills in the defaults. Throws `ERR_OPTION` for anything but counts. */
export function spanLimits(limits: Partial<SpanLimits> = {}): SpanLimits {
  const complete = { ...DEFAULT_LIMITS, ...limits };
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
