import type { MetricShape } from '../cost/metric-shape.ts';
import type { Signal } from './signal.ts';

/** What one signal of an exporter has used of its backend since it started. */
export interface SignalUsage {
  /** As told by `context.request()`; of an exporter that never says so, its calls. */
  readonly requests: number;
  /** Of bodies, as they went over the wire; 0 of an exporter that does not say. */
  readonly bytes: number;
  /** The same before compression, which is what backends charge by. */
  readonly uncompressed: number;
  /** Points, spans or events that the backend took. */
  readonly items: number;
  /** Series handed over in the last export of metrics; 0 for spans and events. */
  readonly series: number;
}

/** What an exporter has used of its backend: what `estimateCost` reads. Plain data, as it was when asked for. */
export interface ExporterUsage {
  readonly name: string;
  /** Key of the price table. */
  readonly backend?: string;
  /** Seconds since the exporter was started: what the counts below are to be divided by. 0 before. */
  readonly seconds: number;
  /** Seconds between exports, of the signals that it takes. */
  readonly interval: Readonly<Partial<Record<Signal, number>>>;
  readonly signals: Readonly<Partial<Record<Signal, SignalUsage>>>;
  /** All series that the exporter is handed or serves, after its filter and budget, as they are now. */
  readonly metrics: readonly MetricShape[];
}

/** Counts what one signal of an exporter uses. */
export class UsageMeter {
  private told = 0;
  private calls = 0;
  private bytes = 0;
  private uncompressed = 0;
  private items = 0;
  private series = 0;

  /** A call to the exporter begins; for metrics with so many series. */
  call(series: number): void {
    this.calls++;
    this.series = series;
  }

  request(bytes: number, uncompressed: number = bytes): void {
    this.told++;
    if (bytes > 0) this.bytes += bytes;
    if (uncompressed > 0) this.uncompressed += uncompressed;
  }

  accepted(items: number): void {
    if (items > 0) this.items += items;
  }

  read(): SignalUsage {
    return {
      requests: this.told === 0 ? this.calls : this.told,
      bytes: this.bytes,
      uncompressed: this.uncompressed,
      items: this.items,
      series: this.series,
    };
  }
}
