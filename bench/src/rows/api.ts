import type { Attributes, Meter } from '@opentelemetry/api';
import type { Experiment, Loop, Row } from '../experiment.ts';
import { startMeterProvider } from './opentelemetry.ts';
import { durations, type Labels, shuffled } from './series.ts';
import { spanSink, startTelltale } from './telltale.ts';

/** What instrumentations call. */
type RecordValue = (value: number, attributes: Attributes) => void;

const CALLS: Readonly<Record<string, (meter: Meter) => RecordValue>> = {
  'counter.add': (meter) => {
    const counter = meter.createCounter('requests');
    return (value, attributes) => counter.add(value, attributes);
  },
  'upDownCounter.add': (meter) => {
    const counter = meter.createUpDownCounter('active');
    return (value, attributes) => counter.add(value, attributes);
  },
  'histogram.record': (meter) => {
    const histogram = meter.createHistogram('duration', { unit: 's' });
    return (value, attributes) => histogram.record(value, attributes);
  },
  'gauge.record': (meter) => {
    const gauge = meter.createGauge('temperature');
    return (value, attributes) => gauge.record(value, attributes);
  },
};

function loop(record: RecordValue, order: readonly Labels[]): Loop {
  const values = durations();
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        record(values[at & 1023]!, { method, route, status });
        if (++at === order.length) at = 0;
      }
    },
  };
}

/** With spans, as the API's users have them: exemplars are looked for. */
async function telltale(call: string): Promise<Loop> {
  const telemetry = await startTelltale({ exporters: [spanSink()] });
  return loop(CALLS[call]!(telemetry.meterProvider.getMeter('bench')), shuffled());
}

async function openTelemetry(call: string): Promise<Loop> {
  return loop(CALLS[call]!((await startMeterProvider()).getMeter('bench')), shuffled());
}

export const experiment: Experiment = {
  name: 'opentelemetry api',
  file: import.meta.url,
  programs: Object.fromEntries(
    Object.keys(CALLS).flatMap((call) => [
      [`telltale, ${call}`, () => telltale(call)],
      [`OpenTelemetry SDK, ${call}`, () => openTelemetry(call)],
    ]),
  ),
  rows: Object.keys(CALLS).map(
    (call): Row => ({
      what: `${call}(value, {3 attributes}) by the API`,
      ours: `telltale, ${call}`,
      peer: `OpenTelemetry SDK, ${call}`,
      figure: 'time',
      unit: 'ns',
      budget: { ratio: 1 / 4 },
    }),
  ),
};
