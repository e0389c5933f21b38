import type { Selector } from '@telltale/alerts';
import type { AlarmQuery, ExactMetric } from './alarm.ts';
import { type RollUp, type Term, termsOf } from './roll-up.ts';
import { type Naming, spelt } from './spelling.ts';

/** "Limits": metrics that a math expression of an alarm may have. */
const MAX_METRICS = 10;

interface Refused {
  readonly reason: string;
}

/** Collects the series that an expression needs, each once. */
export class MetricMath {
  readonly rollUps: RollUp[] = [];
  private readonly naming: Naming;
  private readonly period: number;
  private readonly stat: string;
  private readonly found = new Map<string, AlarmQuery & { readonly metric: ExactMetric }>();

  constructor(naming: Naming, period: number, stat: string) {
    this.naming = naming;
    this.period = period;
    this.stat = stat;
  }

  /** The sum of all that the selector chooses; `filled`: where there is nothing, 0. */
  sumOf(selector: Selector, filled: boolean): { readonly expression: string; readonly reason?: undefined } | Refused {
    const terms = termsOf(selector);
    if (typeof terms === 'string') return { reason: terms };
    const [only] = terms;
    if (only !== undefined && terms.length === 1 && only.times === 1 && !filled) {
      return { expression: this.idOf(only, this.stat) };
    }
    const parts = terms.map((term) => {
      const value = `FILL(${this.idOf(term, this.stat)},0)`;
      return `${term.times < 0 ? '-' : '+'}${Math.abs(term.times) === 1 ? '' : `${Math.abs(term.times)}*`}${value}`;
    });
    return { expression: parts.join('').replace(/^\+/, '') };
  }

  /** The one series that the selector chooses. */
  seriesOf(selector: Selector): { readonly id: string; readonly reason?: undefined } | Refused {
    const terms = termsOf(selector);
    if (typeof terms === 'string') return { reason: terms };
    const [only] = terms;
    if (only === undefined || terms.length > 1 || only.times !== 1) {
      return { reason: 'percentiles of several series do not add up; let it choose by one value of each attribute.' };
    }
    return { id: this.idOf(only, this.stat) };
  }

  /** Another statistic of a series. */
  beside(id: string, stat: string): string {
    const one = [...this.found.values()].find((query) => query.id === id);
    if (one === undefined) return id;
    const beside = { ...one, id: `m${this.found.size + 1}`, stat };
    this.found.set(beside.id, beside);
    return beside.id;
  }

  /** Watched is the expression, or the only series. A text: why it cannot be. */
  queries(expression: string | undefined): readonly AlarmQuery[] | string {
    const series = [...this.found.values()];
    if (series.length > MAX_METRICS) {
      return `it needs ${series.length} series, and an alarm has ${MAX_METRICS} at most; let it choose by fewer values.`;
    }
    return expression === undefined ? series : [...series, { id: 'e1', expression, label: 'watched' }];
  }

  private idOf({ rollUp, dimensions }: Term, stat: string): string {
    const key = JSON.stringify([rollUp.name, dimensions, stat]);
    const known = this.found.get(key);
    if (known !== undefined) return known.id;
    const id = `m${this.found.size + 1}`;
    const named = Object.entries(dimensions).map(([name, value]) => [spelt(name, this.naming), value]);
    const metric = { name: spelt(rollUp.name, this.naming), dimensions: Object.fromEntries(named) };
    this.found.set(key, { id, metric, stat, period: this.period });
    this.rollUps.push(rollUp);
    return id;
  }
}
