import type { FinishedSpan } from '@telltale/core';

/** What is read of a span's attributes, and which of them have thereby a place of their own in the document. */
export class SpanValues {
  readonly used = new Set<string>();
  private readonly attributes: FinishedSpan['attributes'];

  constructor({ attributes }: FinishedSpan) {
    this.attributes = attributes;
  }

  /** The first of these attributes that the span has. OpenTelemetry's conventions changed names: the stable ones come first. */
  text(...keys: readonly string[]): string | undefined {
    const key = keys.find((one) => this.has(one));
    if (key === undefined) return undefined;
    this.used.add(key);
    return String(this.attributes[key]);
  }

  number(...keys: readonly string[]): number | undefined {
    const key = keys.find((one) => this.has(one) && Number.isFinite(Number(this.attributes[one])));
    if (key === undefined) return undefined;
    this.used.add(key);
    return Number(this.attributes[key]);
  }

  /** The same as `text`, for what the document says in other words: the attribute stays where it is. */
  peek(...keys: readonly string[]): string | undefined {
    const key = keys.find((one) => this.has(one));
    return key === undefined ? undefined : String(this.attributes[key]);
  }

  private has(key: string): boolean {
    const value = this.attributes[key];
    return value !== undefined && value !== null && value !== '';
  }
}
