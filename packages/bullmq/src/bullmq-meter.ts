import { type Attributes, messageOf, type Telemetry } from '@telltale/core';

interface MetricOptions {
  readonly description?: string;
  readonly unit?: string;
}

type Given = Readonly<Record<string, unknown>>;

/** BullMQ's `Meter`. */
export interface BullmqMeter {
  createCounter(name: string, options?: MetricOptions): { add(value: number, attributes?: Given): void };
  createHistogram(name: string, options?: MetricOptions): { record(value: number, attributes?: Given): void };
  createGauge(name: string, options?: MetricOptions): { record(value: number, attributes?: Given): void };
}

const NOTHING = Object.freeze({ add() {}, record() {} });

/** BullMQ's own metrics as the telemetry's. BullMQ asks for the instrument with each value. No method throws. */
export class Meter implements BullmqMeter {
  private readonly telemetry: Telemetry;
  private readonly instruments = new Map<string, unknown>();

  constructor(telemetry: Telemetry) {
    this.telemetry = telemetry;
  }

  createCounter(name: string, options?: MetricOptions): ReturnType<BullmqMeter['createCounter']> {
    return this.instrument<ReturnType<BullmqMeter['createCounter']>>(name, NOTHING, () => {
      const counter = this.telemetry.counter(name, options);
      return { add: (value, attributes) => counter.add(value, attributes as Attributes) };
    });
  }

  createHistogram(name: string, options?: MetricOptions): ReturnType<BullmqMeter['createHistogram']> {
    return this.instrument<ReturnType<BullmqMeter['createHistogram']>>(name, NOTHING, () => {
      const histogram = this.telemetry.histogram(name, options);
      return { record: (value, attributes) => histogram.record(value, attributes as Attributes) };
    });
  }

  createGauge(name: string, options?: MetricOptions): ReturnType<BullmqMeter['createGauge']> {
    return this.instrument<ReturnType<BullmqMeter['createGauge']>>(name, NOTHING, () => {
      const gauge = this.telemetry.gauge(name, options);
      return { record: (value, attributes) => gauge.record(value, attributes as Attributes) };
    });
  }

  private instrument<T>(name: string, none: T, create: () => T): T {
    const known = this.instruments.get(name) as T | undefined;
    if (known !== undefined) return known;
    let made = none;
    try {
      made = create();
    } catch (error) {
      this.telemetry.problem(name, () => `BullMQ's metric "${name}" is left out: ${messageOf(error)}`);
    }
    this.instruments.set(name, made);
    return made;
  }
}
