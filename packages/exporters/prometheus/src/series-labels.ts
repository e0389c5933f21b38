import type { SeriesAttributes } from '@telltale/core';
import { type LabelObserver, labelsOf, type OwnLabels } from './labels.ts';

/** How labels are written in a format. */
export interface LabelWriting {
  /** What an attribute is called, where these names are taken. */
  label(key: string, reserved: readonly string[]): string;
  text(labels: ReadonlyMap<string, string>): string;
}

/** Own labels of a scope: attributes of the same name are joined with them, as OpenTelemetry prescribes. */
export const SCOPE_PREFIX = 'otel_scope_';

/** The texts of the series of one family, made once per series, and what is known about their being unique. */
export class SeriesLabels implements LabelObserver {
  /** No label text seen so far needs more than ASCII. */
  ascii = true;
  /** Different series may have equal labels, which would fail the scrape: they have to be looked for. */
  ambiguous = false;
  private readonly origins = new Map<string, string>();
  private readonly texts = new Map<string, LabelTexts>();
  private readonly reserved: readonly string[];
  readonly writing: LabelWriting;

  /** `reserved` are labels that the samples have of their own. */
  constructor(reserved: readonly string[], writing: LabelWriting) {
    this.reserved = reserved;
    this.writing = writing;
  }

  /** Where the label texts of series with these labels of the exporter's own are kept. */
  with(own: OwnLabels): LabelTexts {
    const key = own.map(([name, value]) => `${name}\n${value}\n`).join('');
    let texts = this.texts.get(key);
    if (texts === undefined) {
      for (const [name] of own) this.came(name, '', 'own');
      const taken = own.map(([name]) => name).filter((name) => !name.startsWith(SCOPE_PREFIX));
      texts = new LabelTexts([...this.reserved, ...taken], own, this);
      this.texts.set(key, texts);
    }
    return texts;
  }

  came(label: string, key: string, type: string): void {
    // One attribute with values of one type per label: then different attributes have different labels.
    const origin = `${type} ${key}`;
    const known = this.origins.get(label);
    if (known === undefined) this.origins.set(label, origin);
    else if (known !== origin) this.ambiguous = true;
  }

  lossy(): void {
    this.ambiguous = true;
  }
}

/** The texts of series with the same labels of the exporter's own. */
export class LabelTexts {
  /** Until the texts of all series have been made once, `SeriesLabels.ambiguous` may still change. */
  complete = false;
  // By the attributes object of the series, which lives as long as the series does …
  private readonly cache = new WeakMap<SeriesAttributes, string>();
  // … and by the place it was last read at, which is mostly the same again and ten times faster to look at.
  private readonly places: SeriesAttributes[] = [];
  private readonly texts: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly reserved: readonly string[];
  private readonly own: OwnLabels;
  private readonly family: SeriesLabels;

  constructor(reserved: readonly string[], own: OwnLabels, family: SeriesLabels) {
    this.reserved = reserved;
    this.own = own;
    this.family = family;
  }

  /**
   * `method="GET",route="/"`, or an empty text; where a series is one sample `requests_total{method="GET",route="/"} `, up to the value.
   * `place` counts the series in the order in which they are read.
   */
  of(attributes: SeriesAttributes, place: number): string {
    return this.places[place] === attributes ? this.texts[place]! : this.find(attributes, place);
  }

  /** Says how many series there are now: what is kept for others is let go. */
  end(count: number): void {
    if (this.places.length <= count) return;
    this.places.length = count;
    this.texts.length = count;
  }

  private find(attributes: SeriesAttributes, place: number): string {
    let text = this.cache.get(attributes);
    if (text === undefined) {
      text = this.make(attributes);
      this.cache.set(attributes, text);
    }
    if (place <= this.places.length) {
      this.places[place] = attributes;
      this.texts[place] = text;
    }
    return text;
  }

  private make(attributes: SeriesAttributes): string {
    const labels = labelsOf(attributes, (key) => this.nameOf(key), this.own, this.family);
    const bytes = Buffer.from(this.family.writing.text(labels));
    // Through bytes, because a text made by concatenation would keep all its parts alive and be put together on each scrape.
    const text = bytes.toString();
    if (bytes.length !== text.length) this.family.ascii = false;
    return text;
  }

  private nameOf(key: string): string {
    let name = this.names.get(key);
    if (name === undefined) {
      name = this.family.writing.label(key, this.reserved);
      this.names.set(key, name);
    }
    return name;
  }
}
