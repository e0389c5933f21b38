import type { Diagnostics } from './diagnostics.ts';
import type { LoopObserver } from './export/loop-observer.ts';
import type { CardinalityBudget } from './metrics/cardinality-budget.ts';
import type { Registry } from './metrics/registry.ts';
import type { InstrumentationScope } from './resource.ts';

/** From a millisecond to the default time limit, in seconds. */
const EXPORT_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What Telltale says of itself: series, problems, and per exporter what became of what it sent. Gives the maker of exporters' observers. */
export function observeTelemetry(
  registry: Registry,
  scope: InstrumentationScope,
  budget: CardinalityBudget,
  diagnostics: Diagnostics,
): (exporter: string) => LoopObserver {
  registry.observable(
    'gauge',
    scope,
    'telltale.series',
    { unit: '{series}', description: 'Series of all metrics of the process.' },
    (observer) => observer.observe(budget.series),
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
