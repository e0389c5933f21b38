import type { Experiment, Loop } from '../experiment.ts';
import { startMeterProvider } from './opentelemetry.ts';
import { BUCKETS, durations, sequential, shuffled } from './series.ts';
import { startTelltale } from './telltale.ts';

const HELD = 64;
const LABEL_NAMES = ['method', 'route', 'status'] as const;

async function telltaleBound(): Promise<Loop> {
  const histogram = (await startTelltale()).histogram('duration', { unit: 's', buckets: BUCKETS });
  const held = sequential()
    .slice(0, HELD)
    .map(({ method, route, status }) => histogram.bind({ method, route, status }));
  const values = durations();
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) held[i % HELD]!.record(values[i & 1023]!);
    },
  };
}

async function promClientChild(): Promise<Loop> {
  const { Histogram } = await import('prom-client');
  const histogram = new Histogram({ name: 'duration', help: 'Duration', labelNames: LABEL_NAMES, buckets: BUCKETS });
  const held = sequential()
    .slice(0, HELD)
    .map(({ method, route, status }) => histogram.labels({ method, route, status }));
  const values = durations();
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) held[i % HELD]!.observe(values[i & 1023]!);
    },
  };
}

async function telltaleExponential(): Promise<Loop> {
  const histogram = (await startTelltale()).histogram('duration', { unit: 's' });
  const held = sequential()
    .slice(0, HELD)
    .map(({ method, route, status }) => histogram.bind({ method, route, status }));
  const values = durations();
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) held[i % HELD]!.record(values[i & 1023]!);
    },
  };
}

async function telltale(): Promise<Loop> {
  const histogram = (await startTelltale()).histogram('duration', { unit: 's', buckets: BUCKETS });
  const order = shuffled();
  const values = durations();
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        histogram.record(values[i & 1023]!, { method, route, status });
        if (++at === order.length) at = 0;
      }
    },
  };
}

async function promClient(): Promise<Loop> {
  const { Histogram } = await import('prom-client');
  const histogram = new Histogram({ name: 'duration', help: 'Duration', labelNames: LABEL_NAMES, buckets: BUCKETS });
  const order = shuffled();
  const values = durations();
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        histogram.observe({ method, route, status }, values[i & 1023]!);
        if (++at === order.length) at = 0;
      }
    },
  };
}

async function openTelemetry(): Promise<Loop> {
  const histogram = (await startMeterProvider())
    .getMeter('bench')
    .createHistogram('duration', { unit: 's', advice: { explicitBucketBoundaries: BUCKETS } });
  const order = shuffled();
  const values = durations();
  let at = 0;
  return {
    bytes: true,
    run(times) {
      for (let i = 0; i < times; i++) {
        const { method, route, status } = order[at]!;
        histogram.record(values[i & 1023]!, { method, route, status });
        if (++at === order.length) at = 0;
      }
    },
  };
}

export const experiment: Experiment = {
  name: 'histogram',
  file: import.meta.url,
  programs: {
    'telltale bound': telltaleBound,
    'telltale bound, exponential': telltaleExponential,
    'prom-client child': promClientChild,
    telltale,
    'prom-client': promClient,
    'OpenTelemetry SDK': openTelemetry,
  },
  rows: [
    {
      what: 'bound histogram, record(v)',
      ours: 'telltale bound',
      peer: 'prom-client child',
      figure: 'time',
      unit: 'ns',
      budget: { ratio: 30 / 557 },
    },
    {
      what: 'bound histogram, allocated',
      ours: 'telltale bound',
      peer: 'prom-client child',
      figure: 'bytes',
      unit: 'B',
      budget: { atMost: 0 },
    },
    {
      what: 'bound exponential histogram, record(v)',
      ours: 'telltale bound, exponential',
      peer: 'prom-client child',
      figure: 'time',
      unit: 'ns',
    },
    {
      what: 'histogram.record(v, {3 attributes}), shuffled',
      ours: 'telltale',
      peer: 'prom-client',
      figure: 'time',
      unit: 'ns',
    },
    {
      what: 'histogram.record(v, {3 attributes}), shuffled',
      ours: 'telltale',
      peer: 'OpenTelemetry SDK',
      figure: 'time',
      unit: 'ns',
    },
  ],
};
