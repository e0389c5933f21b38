import type { Diagnostics } from './diagnostics.ts';
import type { ExporterHealth } from './export/exporter-health.ts';
import type { LoopObserver } from './export/loop-observer.ts';
import type { CardinalityBudget } from './metrics/cardinality-budget.ts';
import type { Registry } from './metrics/registry.ts';
import type { InstrumentationScope } from './resource.ts';

/** From a millisecond to the default time limit, in seconds. */
const EXPORT_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What Telltale says of itself: series, attributes with too many values, problems, and per exporter whether it fails and what became of what it
 * sent. Gives the maker of exporters' observers.
 */
export function observeTelemetry(
  registry: Registry,
  scope: InstrumentationScope,
  budget: CardinalityBudget,
  diagnostics: Diagnostics,
  exporters: () => readonly ExporterHealth[],
): (exporter: string) => LoopObserver {
  registry.observable(
    'gauge',
    scope,
    'telltale.series',
    { unit: '{series}', description: 'Series of all metrics of the process.' },
    (observer) => observer.observe(budget.series),
  );
  registry.observable(
    'gauge',
    scope,
    'telltale.overflows',
    {
      unit: '{attribute}',
      description: 'Attributes of a metric that had too many values, so that further ones are "other".',
    },
    (observer) => {
      for (const [metric, count] of countByInstrument(budget)) observer.observe(count, { metric });
    },
  );
  // Its calls cannot tell: there are none while it is left alone.
  registry.observable(
    'gauge',
    scope,
    'telltale.exporter.failing',
    { unit: '', description: 'Whether an exporter fails, also while it is left alone for it: 1 or 0.' },
    (observer) => {
      for (const { name, status, circuit = 'closed' } of exporters()) {
        observer.observe(status === 'failing' || circuit !== 'closed' ? 1 : 0, { exporter: name });
      }
    },
  );
  registry.observable(
    'counter',
    scope,
    'telltale.problems',
    { unit: '{problem}', description: 'Problems of recording and exporting, each occurrence counted.' },
    (observer) => {
      for (const [code, count] of diagnostics.counts) observer.observe(count, { code });
    },
  );
  const items = registry.counter(scope, 'telltale.export.items', {
    unit: '{item}',
    description: 'Points, spans and events by what became of them.',
  });
  const duration = registry.histogram(scope, 'telltale.export.duration', {
    unit: 's',
    description: 'Time of calls to exporters.',
    buckets: EXPORT_BUCKETS,
  });
  return (exporter) => ({
    exported: (signal, outcome, count) => items.add(count, { exporter, signal, outcome }),
    duration: (signal, seconds, failed) => duration.record(seconds, { exporter, signal, failed }),
  });
}

function countByInstrument({ overflows }: CardinalityBudget): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { instrument } of overflows) counts.set(instrument, (counts.get(instrument) ?? 0) + 1);
  return counts;
}
