import type { Format } from './format.ts';
import type { FamilyType } from './names.ts';

/** What the samples of a family are called, apart from its own name; OpenMetrics 1.0, "Metric Types". */
const SUFFIXES: Readonly<Record<FamilyType | 'info' | 'unknown', readonly string[]>> = {
  counter: ['_total'],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['_sum', '_count'],
  info: ['_info'],
  unknown: [],
};
const OPENMETRICS_SUFFIXES = { ...SUFFIXES, counter: ['_total', '_created'] };

/** The names in one scrape: two families may share none, neither their own nor those of their samples. */
export class TakenNames {
  private readonly names = new Map<string, string>();
  private readonly format: Format;

  constructor(format: Format) {
    this.format = format;
  }

  /** Takes all names of a family, or none and returns the owner of the one that is taken. `owner` is for messages. */
  take(family: string, type: FamilyType | 'info' | 'unknown', owner: string): string | undefined {
    const names = this.namesOf(family, type);
    for (const name of names) {
      const other = this.names.get(name);
      if (other !== undefined) return other;
    }
    for (const name of names) this.names.set(name, owner);
    return undefined;
  }

  private namesOf(family: string, type: FamilyType | 'info' | 'unknown'): readonly string[] {
    // But in OpenMetrics a counter is called as its samples are, so a gauge may have the name without the ending.
    if (this.format !== 'openmetrics') {
      const names = SUFFIXES[type].map((suffix) => family + suffix);
      return type === 'counter' || type === 'info' ? names : [family, ...names];
    }
    return [family, ...OPENMETRICS_SUFFIXES[type].map((suffix) => family + suffix)];
  }
}
