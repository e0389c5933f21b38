import { getHeapStatistics } from 'node:v8';
import type { Experiment, Measurement } from '../experiment.ts';
import { startMeterProvider } from './opentelemetry.ts';
import { BUCKETS, type Labels, sequential } from './series.ts';
import { startTelltale } from './telltale.ts';

type Record = (labels: Labels) => void;

/**
 * What 10,000 series hold on to, per series. `instrument` gives a way to record. Another one is used beforehand, so that what is there once
 * per process is not counted; with other values, as V8 keeps one copy of a text that is a key in two places.
 */
function perSeries(instrument: (name: string) => Record): Measurement {
  const labels = sequential();
  return {
    async measure() {
      const first = instrument('first');
      for (const { method, route, status } of labels.slice(0, 100)) first({ method, route: `/first${route}`, status });
      const before = heapAfterCollection();
      const second = instrument('second');
      for (const labelsOfOne of labels) second(labelsOfOne);
      return { bytes: (heapAfterCollection() - before) / labels.length };
    },
  };
}

function heapAfterCollection(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  return getHeapStatistics().used_heap_size;
}

async function telltaleCounter(): Promise<Measurement> {
  const telemetry = await startTelltale();
  return perSeries((name) => {
    const counter = telemetry.counter(name);
    return ({ method, route, status }) => counter.add(1, { method, route, status });
  });
}

async function promClientCounter(): Promise<Measurement> {
  const { Counter } = await import('prom-client');
  return perSeries((name) => {
    const counter = new Counter({ name, help: name, labelNames: ['method', 'route', 'status'] });
    return ({ method, route, status }) => counter.inc({ method, route, status }, 1);
  });
}

async function openTelemetryCounter(): Promise<Measurement> {
  const meter = (await startMeterProvider()).getMeter('bench');
  return perSeries((name) => {
    const counter = meter.createCounter(name);
    return ({ method, route, status }) => counter.add(1, { method, route, status });
  });
}

async function telltaleHistogram(): Promise<Measurement> {
  const telemetry = await startTelltale();
  return perSeries((name) => {
    const histogram = telemetry.histogram(name, { unit: 's', buckets: BUCKETS });
    return ({ method, route, status }) => histogram.record(0.03, { method, route, status });
  });
}

async function promClientHistogram(): Promise<Measurement> {
  const { Histogram } = await import('prom-client');
  return perSeries((name) => {
    const histogram = new Histogram({
      name,
      help: name,
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS,
    });
    return ({ method, route, status }) => histogram.observe({ method, route, status }, 0.03);
  });
}

export const experiment: Experiment = {
  name: 'memory',
  file: import.meta.url,
  programs: {
    'telltale counter': telltaleCounter,
    'prom-client counter': promClientCounter,
    'OpenTelemetry SDK counter': openTelemetryCounter,
    'telltale histogram': telltaleHistogram,
    'prom-client histogram': promClientHistogram,
  },
  rows: [
    {
      what: 'memory per counter series',
      ours: 'telltale counter',
      peer: 'prom-client counter',
      figure: 'bytes',
      unit: 'B',
      budget: { atMost: 200 },
    },
    {
      what: 'memory per counter series',
      ours: 'telltale counter',
      peer: 'OpenTelemetry SDK counter',
      figure: 'bytes',
      unit: 'B',
    },
    {
      what: 'memory per histogram series, 14 bounds',
      ours: 'telltale histogram',
      peer: 'prom-client histogram',
      figure: 'bytes',
      unit: 'B',
    },
  ],
  launches: 2,
  rounds: 1,
};
