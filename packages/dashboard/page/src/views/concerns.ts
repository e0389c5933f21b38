import type { Frame, ServiceRow } from '../../../src/frame.ts';
import { count, percent, plural, seconds } from '../format.ts';
import type { ViewName } from '../shell/address.ts';
import { errorShare, isFailing } from './error-share.ts';

type Severity = 'critical' | 'error' | 'warning' | 'info';

/** Something that somebody should look at. */
export interface Concern {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  /** Where to read on. */
  readonly view: ViewName;
  readonly open?: string;
  readonly service?: string;
}

const ORDER: Readonly<Record<Severity, number>> = { critical: 0, error: 1, warning: 2, info: 3 };

/** Above these a number is marked. Rules of alerts say what is wrong; this only says where to look first. */
export const LIMITS = { eventLoopDelay: 0.1, cpu: 0.9, oldest: 300, disk: 0.9 } as const;

/** What is wrong, the worst first: alerts as they are, and what no rule is needed for. */
export function concerns(frame: Frame, service?: string): Concern[] {
  const mine = <R extends { readonly service: string }>(rows: readonly R[]): readonly R[] =>
    service === undefined ? rows : rows.filter((row) => row.service === service);
  const found: Concern[] = [
    ...(frame.alerts ?? [])
      .filter((alert) => alert.state === 'firing' && !alert.silenced)
      .filter(({ labels }) => service === undefined || (labels.service_name ?? service) === service)
      .map((alert) => ({
        id: `alert ${alert.id}`,
        severity: alert.severity,
        title: alert.rule,
        detail: alert.summary,
        view: 'alerts' as const,
      })),
    ...mine(frame.services.rows).flatMap(serviceConcerns),
    ...mine(frame.queues.rows).flatMap((row): Concern[] => {
      const waiting = row.depth.waiting ?? 0;
      const at = { view: 'queues' as const, open: row.id };
      const where = `${row.queue} (${row.service})`;
      if (row.paused && waiting > 0) {
        const detail = `${where}: ${plural(waiting, 'job')} waiting`;
        return [{ id: `paused ${row.id}`, severity: 'warning', title: 'Queue paused', detail, ...at }];
      }
      if (row.workers === 0 && waiting > 0) {
        const detail = `${where}: ${plural(waiting, 'job')} waiting`;
        return [{ id: `workers ${row.id}`, severity: 'error', title: 'No worker', detail, ...at }];
      }
      if ((row.oldest ?? 0) > LIMITS.oldest) {
        const detail = `${where}: the oldest has waited ${seconds(row.oldest)}`;
        return [{ id: `oldest ${row.id}`, severity: 'warning', title: 'Jobs wait long', detail, ...at }];
      }
      return [];
    }),
    ...(service === undefined ? processConcerns(frame) : []),
  ];
  return found.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

function serviceConcerns(row: ServiceRow): Concern[] {
  const found: Concern[] = [];
  const add = (what: string, title: string, detail: string, view: ViewName, severity: Severity = 'error') =>
    found.push({
      id: `${what} ${row.id}`,
      severity,
      title,
      detail: `${row.service}: ${detail}`,
      view,
      service: row.service,
    });
  if (isFailing(row.requests))
    add('requests', 'Requests fail', `${percent(errorShare(row.requests))} of requests`, 'routes');
  if (isFailing(row.jobs)) add('jobs', 'Jobs fail', `${percent(errorShare(row.jobs))} of jobs`, 'queues');
  if (isFailing(row.calls)) add('calls', 'Calls fail', `${percent(errorShare(row.calls))} of calls to others`, 'map');
  if ((row.eventLoopDelay ?? 0) > LIMITS.eventLoopDelay) {
    add('loop', 'Event loop blocked', `delays of ${seconds(row.eventLoopDelay)}`, 'runtime', 'warning');
  }
  if ((row.cpu ?? 0) > LIMITS.cpu) add('cpu', 'CPU busy', percent(row.cpu), 'runtime', 'warning');
  return found;
}

function processConcerns(frame: Frame): Concern[] {
  return [
    ...frame.exporters
      .filter(({ status }) => status === 'failing')
      .map((row) => ({
        id: `exporter ${row.name}`,
        severity: 'error' as const,
        title: 'Exporter fails',
        detail: `${row.name}: ${row.lastError?.message ?? 'no answer'}`,
        view: 'exporters' as const,
      })),
    ...frame.series.overflows.map(({ metric, attribute }) => ({
      id: `overflow ${metric} ${attribute}`,
      severity: 'warning' as const,
      title: 'Too many values',
      detail: `${attribute} of ${metric} is folded into "other"`,
      view: 'series' as const,
    })),
    ...Object.entries(frame.problems).map(([code, times]) => ({
      id: `problem ${code}`,
      severity: 'info' as const,
      title: 'Telemetry itself',
      detail: `${code}, ${count(times)} ×`,
      view: 'exporters' as const,
    })),
  ];
}
