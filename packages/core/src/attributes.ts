/** What a metric attribute can hold. */
export type AttributeValue = string | number | boolean;

/** Attributes as a caller gives them. `undefined` and `null` mean that the key is missing. Never kept, never changed. */
export interface Attributes {
  readonly [key: string]: AttributeValue | null | undefined | readonly (string | number | boolean | null | undefined)[];
}

/** Attributes as a series holds them: frozen, keys sorted, one object per series for as long as the series lives. */
export type SeriesAttributes = Readonly<Record<string, AttributeValue>>;

/** Longer strings are cut: a metric attribute is a name, not a document, and the longest a backend takes is 1,024 (CloudWatch). */
export const MAX_ATTRIBUTE_LENGTH = 1024;

/** The value that stands for all those an attribute had too many of. */
export const OTHER = 'other';
