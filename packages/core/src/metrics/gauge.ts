import type { Attributes, SeriesAttributes } from '../attributes.ts';
import { Instrument } from './instrument.ts';
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
  /** Sets the value of the series of these attributes. What is no finite number is counted as rejected and changes nothing. Never throws. */
  record(value: number, attributes?: Attributes): void;
  /** The series of these attributes, to be kept and recorded on. */
  bind(attributes?: Attributes): BoundGauge;
}

class GaugeSeries extends NumberSeries implements BoundGauge {
  private records = 0;

  record(value: number): void {
    if (Number.isFinite(value)) {
      this.value = value;
      this.records++;
    } else {
      this.instrument.reject(value, 'a gauge takes finite numbers');
    }
  }

  override activity(): number {
    return this.records;
  }
}

export class GaugeInstrument extends Instrument<NumberPoint, GaugeSeries> implements Gauge {
  record(value: number, attributes?: Attributes): void {
    this.seriesOf(attributes).record(value);
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
