import type { MetricType } from '@telltale/core';
import { type Escaping, escapeName, isPlainLabelName, isPlainMetricName } from './escaping.ts';
import { labelName, unreserved } from './labels.ts';
import { isTranslated, type PrometheusName, prometheusName, type Translation } from './names.ts';

/** How metrics and attributes are called in one kind of scrape: translated as the service wants it, escaped as the scraper does. */
export class Naming {
  private readonly prefix: string;
  private readonly translation: Translation;
  private readonly escaping: Escaping;

  constructor(prefix: string, translation: Translation, escaping: Escaping) {
    this.prefix = prefix;
    this.translation = translation;
    this.escaping = escaping;
  }

  /** Equal for escapings that make no difference: names that were translated need none, but that `dots` doubles underscores. */
  static key(translation: Translation, escaping: Escaping): string {
    return isTranslated(translation) && escaping !== 'dots' ? 'plain' : escaping;
  }

  metric(name: string, unit: string, type: MetricType): PrometheusName {
    const translated = prometheusName(name, unit, type, this.prefix, this.translation);
    const sample = this.escapeMetric(translated.sample);
    return { ...translated, family: familyOf(sample, translated.type), sample };
  }

  /** A label that no sample of the family has of its own. */
  label(key: string, reserved: readonly string[] = []): string {
    const name = isTranslated(this.translation) ? labelName(key) : key.toWellFormed() || '_';
    return unreserved(this.escapeLabel(name), reserved);
  }

  /** Of a name that another library gave, and that is valid. */
  escapeMetric(name: string): string {
    return escapeName(name, this.escaping, isPlainMetricName);
  }

  escapeLabel(name: string): string {
    return escapeName(name, this.escaping, isPlainLabelName);
  }
}

/** The family of a counter is called as its samples are, without the ending. */
export function familyOf(sample: string, type: string): string {
  return type === 'counter' && sample.length > '_total'.length ? sample.replace(/_total$/, '') : sample;
}
