import { metricsAbout } from './metrics-about.ts';

export const TELEMETRY_METRICS = metricsAbout('telemetry', [
  ['telltale.series', 'gauge', '{series}', 'Series of all metrics of the process.'],
  [
    'telltale.overflows',
    'gauge',
    '{attribute}',
    'Attributes of a metric that had too many values, so that further ones are "other".',
    'metric',
  ],
  [
    'telltale.problems',
    'counter',
    '{problem}',
    'Problems of recording and exporting, each occurrence counted.',
    'code',
  ],
  [
    'telltale.export.items',
    'counter',
    '{item}',
    'Points, spans and events by what became of them.',
    'exporter',
    'signal',
    'outcome',
  ],
  ['telltale.export.duration', 'histogram', 's', 'Time of calls to exporters.', 'exporter', 'signal', 'failed'],
  [
    'telltale.exporter.failing',
    'gauge',
    '',
    'Whether an exporter fails, also while it is left alone for it: 1 or 0.',
    'exporter',
  ],
]);
