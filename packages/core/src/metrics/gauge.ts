import type { Context } from '@opentelemetry/api';
import type { Attributes, SeriesAttributes } from '../attributes.ts';
import type { SpanIds } from './exemplars.ts';
import { SyncInstrument } from './instrument.ts';
import { NumberSeries } from './number-series.ts';
import type { MetricReader, NumberPoint } from './snapshot.ts';

/** One series of a gauge, held. */
export interface BoundGauge {
  /** Sets the value. What is no finite number is counted as rejected and changes nothing. Never throws. */
  record(value: number): void;
  /** The last value recorded; 0 before the first, when there is no series to be seen. */
  readonly value: number;
}

/** A value that is set: a temperature, a setting. */
export interface Gauge {
  /**
   * Sets the value of the series of these attributes. What is no finite number is counted as rejected and changes nothing. Never throws.
   * The span of `context`, or the active one, may be kept as an exemplar.
   */
  record(value: number, attributes?: Attributes, context?: Context): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundGauge;
}

export const GAUGE_MEND = 'a gauge takes finite numbers';

class GaugeSeries extends NumberSeries implements BoundGauge {
  private records = 0;

  record(value: number): void {
    if (Number.isFinite(value)) this.measure(value);
    else this.instrument.reject(value, GAUGE_MEND);
  }

  measure(value: number, span?: SpanIds, context?: Context, given?: Attributes): void {
    this.value = value;
    this.records++;
    if (--this.skip < 0) this.look(value, span, context, given);
  }

  override activity(): number {
    return this.records;
  }
}

export class GaugeInstrument extends SyncInstrument<NumberPoint, GaugeSeries> implements Gauge {
  record(value: number, attributes?: Attributes, context?: Context): void {
    if (Number.isFinite(value)) this.seriesOf(attributes).measure(value, undefined, context, attributes);
    else this.reject(value, GAUGE_MEND);
  }

  bind(attributes?: Attributes): BoundGauge {
    return this.boundSeries(attributes);
  }

  override reader(): MetricReader {
    return { ...this.readerBase(), type: 'gauge' };
  }

  /** Nobody has said yet what its value is. */
  protected override isHidden(series: GaugeSeries): boolean {
    return series.activity() === 0 || super.isHidden(series);
  }

  protected override create(attributes: SeriesAttributes): GaugeSeries {
    return new GaugeSeries(attributes, this.startOffset(), this);
  }
}
