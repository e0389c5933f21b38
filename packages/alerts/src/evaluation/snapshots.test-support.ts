import type { Metric, MetricsSnapshot, Point, Resource, SeriesAttributes } from '@telltale/core';
import type { Alert } from '../alert.ts';
import { checkRules } from '../check-rules.ts';
import type { AlertRule, Condition } from '../rule.ts';
import { Evaluation } from './evaluation.ts';

/** Seconds since the Unix epoch. */
const EPOCH = 1_700_000_000;

/** A series of a snapshot; `startTime` is in seconds of the test. */
interface Row {
  readonly metric: string;
  readonly type: Metric['type'];
  readonly attributes: SeriesAttributes;
  readonly resource: Resource;
  readonly startTime: number;
  readonly point: object;
  readonly boundaries?: readonly number[];
}

/** What processes tell, made by hand: what a real telemetry cannot be brought to do at will. Time begins at 0. */
export class Snapshots {
  readonly told: string[] = [];
  now = 0;
  /** How far the time of day is off. */
  offset = 0;
  private readonly totals = new Map<string, number>();
  private readonly rows = new Map<string, Row>();
  private readonly resources = new Map<string, Resource>();
  readonly evaluation: Evaluation;

  constructor(rules: readonly AlertRule[], interval = 15) {
    this.evaluation = new Evaluation({
      rules: checkRules('rules', rules),
      interval,
      begin: 0,
      problem: (subject, message) => void this.told.push(`${subject}: ${message()}`),
    });
  }

  /** The series has this total, or value, from now on. */
  set(metric: string, value: number, { type = 'counter', service = 'a', startTime = 0, ...attributes }: Of = {}): void {
    this.put(metric, type, service, startTime, attributes as SeriesAttributes, { value });
  }

  /** So much came to the total of a counter. */
  add(metric: string, amount: number, of: Of = {}): void {
    const key = JSON.stringify([metric, of]);
    const total = (this.totals.get(key) ?? 0) + amount;
    this.totals.set(key, total);
    this.set(metric, total, of);
  }

  /** A histogram: how many values there are in each bucket, from now on. */
  setCounts(
    metric: string,
    boundaries: readonly number[],
    counts: readonly number[],
    { type: _, service = 'a', startTime = 0, ...attributes }: Of = {},
  ): void {
    const count = counts.reduce((sum, one) => sum + one, 0);
    const point = { count, sum: count, min: undefined, max: undefined, counts, exemplars: [] };
    this.put(metric, 'histogram', service, startTime, attributes as SeriesAttributes, point, boundaries);
  }

  /** The series of a metric (of a service) are gone. */
  drop(metric: string, service?: string): void {
    for (const [key, row] of this.rows) {
      const isMeant = service === undefined || row.resource.attributes['service.name'] === service;
      if (row.metric === metric && isMeant) this.rows.delete(key);
    }
  }

  /** Lets time pass, then evaluates. */
  async after(seconds: number): Promise<readonly Alert[]> {
    this.now += seconds;
    await this.evaluation.evaluate(this.snapshot(), this.now);
    return this.alerts();
  }

  /** Evaluates every so many seconds, after `work`. */
  async during(seconds: number, work: (now: number) => void = () => {}, every = 15): Promise<readonly Alert[]> {
    for (const end = this.now + seconds; this.now < end; ) {
      work(this.now);
      await this.after(every);
    }
    return this.alerts();
  }

  alerts(): readonly Alert[] {
    return this.evaluation.alerts();
  }

  /** Their labels by `key`, with the state, in order. */
  states(key = 'service_name'): readonly string[] {
    return this.alerts()
      .map(({ labels, state }) => `${labels[key] ?? ''} ${state}`)
      .sort();
  }

  forget(): void {
    this.evaluation.forget();
  }

  private put(
    metric: string,
    type: Metric['type'],
    service: string,
    startTime: number,
    attributes: SeriesAttributes,
    point: object,
    boundaries: readonly number[] = [],
  ): void {
    const key = JSON.stringify([metric, service, startTime, attributes]);
    const known = this.rows.get(key);
    // One object per series, as in a telemetry.
    const own = known?.attributes ?? Object.freeze({ ...attributes });
    const resource = this.resourceOf(service);
    this.rows.set(key, { metric, type, attributes: own, resource, startTime, point, boundaries });
  }

  private resourceOf(service: string): Resource {
    let resource = this.resources.get(service);
    if (resource === undefined) {
      resource = { attributes: { 'service.name': service } };
      this.resources.set(service, resource);
    }
    return resource;
  }

  private snapshot(): MetricsSnapshot {
    const time = EPOCH + this.now + this.offset;
    const metrics = [...this.rows.values()].map(
      ({ metric, type, attributes, resource, startTime, point, boundaries }): Metric => {
        const full = { ...point, attributes, startTime: EPOCH + startTime, time } as Point;
        return {
          ...{ name: metric, type, resource, boundaries, points: [full], temporality: 'cumulative' },
          ...{ description: '', unit: '', scope: { name: 'test' } },
        } as unknown as Metric;
      },
    );
    return { time, resource: this.resourceOf('a'), metrics };
  }
}

interface Of {
  readonly type?: 'counter' | 'gauge' | 'upDownCounter';
  readonly service?: string;
  readonly startTime?: number;
  readonly [attribute: string]: string | number | undefined;
}

/** A rule that is only a condition. */
export function rule(when: Condition, more: Partial<AlertRule> = {}): AlertRule {
  return { name: 'Rule', when, summary: '{{value}}', ...more };
}
