import type { Metric } from '@telltale/core';
import { LabelSpeller } from './labels.ts';
import type { MetricKind, ValueType } from './time-series.ts';

/** "Quotas and limits" of Cloud Monitoring give none for types; longer ones are refused by what reads them (not verified). */
const MAX_TYPE = 200;

/** A metric type as it was first told of; its kind can never change there. */
export interface MetricType {
  readonly type: string;
  readonly kind: MetricKind;
  readonly valueType: ValueType;
  readonly labels: LabelSpeller;
}

interface Owner extends MetricType {
  /** The metric's own name. */
  readonly name: string;
}

/** The metric types that the service writes, by their names there. Two metrics never share one. */
export class MetricTypes {
  private readonly prefix: string;
  private readonly reserved: readonly string[];
  private readonly owners = new Map<string, Owner>();

  /** `prefix`: such as `workload.googleapis.com`. `reserved`: labels that all series have. */
  constructor(prefix: string, reserved: readonly string[]) {
    this.prefix = prefix;
    this.reserved = reserved;
  }

  /** A text: why there is no place for it. */
  of({ name: base, type: sort }: Metric, suffix: string, kind: MetricKind, valueType: ValueType): MetricType | string {
    const name = `${base}${suffix}`;
    const type = metricType(this.prefix, name);
    const owner = this.owners.get(type);
    if (owner === undefined) {
      const labels = new LabelSpeller(sort === 'summary' ? [...this.reserved, 'quantile'] : this.reserved);
      const made: Owner = { type, kind, valueType, labels, name };
      this.owners.set(type, made);
      return made;
    }
    if (owner.name !== name) {
      return `${type} belongs to the metric "${owner.name}"; rename one of the two`;
    }
    if (owner.kind !== kind || owner.valueType !== valueType) {
      return `${type} is ${owner.kind} ${owner.valueType} and cannot be ${kind} ${valueType} as well; rename one of the two`;
    }
    return owner;
  }
}

/** Letters, digits, `_`, `.` and `/`; of other characters each becomes `_`. */
function metricType(prefix: string, name: string): string {
  return `${prefix}/${name.replaceAll(/[^a-zA-Z0-9_./]/g, '_')}`.slice(0, MAX_TYPE);
}
