import type { Health } from '@telltale/core';
import { tidy } from './board/tidy.ts';
import type { MonthlyCosts } from './costs.ts';
import type { AlertRow, ExporterRow, SeriesBudget } from './frame.ts';
import type { ShownAlert } from './options.ts';
import { maskText } from './traces/mask.ts';

/** What the dashboard itself is called among exporters. */
export const EXPORTER_NAME = 'dashboard';

/** All but the dashboard itself, which sends nothing anywhere. */
export function exporterRows({ exporters }: Health, costs: MonthlyCosts): readonly ExporterRow[] {
  return exporters
    .filter(({ name }) => name !== EXPORTER_NAME)
    .map(({ name, status, lastSuccess, lastError, accepted, rejected, dropped, unknown, queued, circuit }) => ({
      name,
      status,
      lastSuccess: lastSuccess ?? null,
      // Messages of HTTP clients may have addresses with credentials.
      ...(lastError !== undefined && { lastError: { time: lastError.time, message: maskText(lastError.message) } }),
      accepted,
      rejected,
      dropped,
      unknown,
      queued: queued.spans + queued.events,
      ...(circuit !== undefined && { circuit }),
      monthlyCost: tidy(costs.get(name)),
    }));
}

export function seriesBudget(
  { cardinality: { series, limit, overflows } }: Health,
  largest: SeriesBudget['largest'],
  costs: MonthlyCosts,
): SeriesBudget {
  return {
    series,
    total: limit.total,
    perInstrument: limit.perInstrument,
    overflows: overflows.map(({ instrument, attribute = '' }) => ({ metric: instrument, attribute })),
    largest,
    monthlyCost: costs.size === 0 ? null : tidy([...costs.values()].reduce((sum, cost) => sum + cost, 0)),
  };
}

export function alertRow({
  fingerprint,
  rule,
  severity,
  state,
  since,
  summary,
  labels,
  silenced,
}: ShownAlert): AlertRow {
  return { id: fingerprint, rule, severity, state, since, summary, labels, silenced };
}
