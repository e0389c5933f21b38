import type { ExporterHealth, ExportFailure, ExportStatus, SignalHealth } from './exporter-health.ts';
import type { Signal } from './signal.ts';

/** The health of an exporter out of that of its signals, of its start and of its circuit breaker. */
export function sumOfSignals(
  name: string,
  signals: Readonly<Partial<Record<Signal, SignalHealth>>>,
  started: boolean,
  startFailure: ExportFailure | undefined,
  circuit: Pick<ExporterHealth, 'circuit' | 'retryAt'>,
): ExporterHealth {
  const all = Object.values(signals);
  const sum = (count: (signal: SignalHealth) => number): number =>
    all.reduce((total, signal) => total + count(signal), 0);
  const lastError = latest([startFailure, ...all.map((signal) => signal.lastError)], (failure) => failure.time);
  const lastSuccess = latest(
    all.map((signal) => signal.lastSuccess),
    (time) => time,
  );
  return {
    name,
    status: statusOf(all, started, startFailure, lastSuccess),
    ...(lastSuccess !== undefined && { lastSuccess }),
    ...(lastError !== undefined && { lastError }),
    consecutiveFailures: Math.max(0, ...all.map((signal) => signal.consecutiveFailures)),
    queued: { spans: signals.spans?.queued ?? 0, events: signals.events?.queued ?? 0 },
    ...circuit,
    accepted: sum((signal) => signal.accepted),
    rejected: sum((signal) => signal.rejected),
    dropped: sum((signal) => signal.dropped),
    unknown: sum((signal) => signal.unknown),
    signals,
  };
}

function statusOf(
  signals: readonly SignalHealth[],
  started: boolean,
  startFailure: ExportFailure | undefined,
  lastSuccess: number | undefined,
): ExportStatus {
  if (signals.some((signal) => signal.status === 'failing')) return 'failing';
  // What could not start and yet exports has mended itself; what only serves cannot show that.
  if (startFailure !== undefined && lastSuccess === undefined) return 'failing';
  if (signals.length === 0) return started ? 'ok' : 'idle';
  return signals.some((signal) => signal.status === 'ok') ? 'ok' : 'idle';
}

function latest<T>(values: readonly (T | undefined)[], timeOf: (value: T) => number): T | undefined {
  let last: T | undefined;
  for (const value of values)
    if (value !== undefined && (last === undefined || timeOf(value) >= timeOf(last))) last = value;
  return last;
}
