import { type Attributes, messageOf, type Telemetry } from '@telltale/core';
import { errorTypeOf } from '../classes/error-type.ts';
import { followSame } from '../classes/follow-same.ts';
import type { Ends } from '../jobs/follow.ts';

const ERROR_TYPE = 'error.type';

/** The series of calls that have not failed, and the instrument for those that have. */
export interface CallSeries {
  readonly completed: (value: number) => void;
  readonly failed: (value: number, attributes: Attributes) => void;
}

/** A metric of the calls of one method. What it records on is found once for a telemetry. */
export class CallMetric {
  private readonly subject: string;
  private readonly attributes: Attributes;
  private readonly make: (telemetry: Telemetry, attributes: Attributes) => CallSeries;
  /** An application has one telemetry. */
  private telemetry: Telemetry | undefined;
  private series: CallSeries | undefined;

  constructor(
    subject: string,
    attributes: Attributes,
    make: (telemetry: Telemetry, attributes: Attributes) => CallSeries,
  ) {
    this.subject = subject;
    this.attributes = attributes;
    this.make = make;
    this.telemetry = undefined;
    this.series = undefined;
  }

  /** Runs a call; when what it returned has ended, records what `measure` gives. */
  run(telemetry: Telemetry, proceed: () => unknown, measure: () => number): unknown {
    const series = this.seriesOf(telemetry);
    return series === undefined
      ? proceed()
      : followSame(proceed, new CallEnds(this, series, measure), (work) => work());
  }

  failed({ failed }: CallSeries, value: number, error: unknown): void {
    failed(value, { ...this.attributes, [ERROR_TYPE]: errorTypeOf(error) });
  }

  private seriesOf(telemetry: Telemetry): CallSeries | undefined {
    if (this.telemetry === telemetry) return this.series;
    this.telemetry = telemetry;
    try {
      this.series = this.make(telemetry, this.attributes);
    } catch (error) {
      // The name is another instrument's: that is no reason for a call to fail.
      this.series = undefined;
      telemetry.problem(this.subject, () => `${this.subject} records nothing: ${messageOf(error)}`);
    }
    return this.series;
  }
}

class CallEnds implements Ends {
  private readonly metric: CallMetric;
  private readonly series: CallSeries;
  private readonly measure: () => number;
  private over: boolean;

  constructor(metric: CallMetric, series: CallSeries, measure: () => number) {
    this.metric = metric;
    this.series = series;
    this.measure = measure;
    this.over = false;
  }

  completed(): void {
    if (this.over) return;
    this.over = true;
    this.series.completed(this.measure());
  }

  failed(error: unknown): void {
    if (this.over) return;
    this.over = true;
    this.metric.failed(this.series, this.measure(), error);
  }

  abandoned(): void {
    this.completed();
  }
}
