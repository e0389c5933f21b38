import type { Telemetry } from '@telltale/core';
import type { PrometheusExporter } from '@telltale/exporter-prometheus';
import express, { type Router } from 'express';
import { type InstrumentedSpans, instrumentedPage } from './instrumented.ts';
import type { RecentTraces } from './traces.ts';

/** Addresses for whoever runs the shop. */
export const OPERATOR_PATHS = ['/metrics', '/traces', '/opentelemetry', '/logs', '/health', '/load'] as const;

interface OperatorParts {
  readonly telemetry: Telemetry;
  readonly metrics: PrometheusExporter;
  readonly traces: RecentTraces;
  readonly instrumented: InstrumentedSpans;
  /** The last lines of the log. */
  readonly logs: () => string;
  /** What the load generator did so far. */
  readonly load: () => unknown;
}

/** The scope of what only OpenTelemetry's instrumentations see: a database query. */
const INSTRUMENTED = '@opentelemetry/instrumentation-pg';

export function createOperators({ telemetry, metrics, traces, instrumented, logs, load }: OperatorParts): Router {
  const router = express.Router();
  router.get('/metrics', metrics.handler);
  router.get('/traces', (request, response) => {
    const { limit, filter } = request.query;
    response.type('text').send(traces.render(Number(limit ?? 50), typeof filter === 'string' ? filter : ''));
  });
  router.get('/opentelemetry', (_request, response) => {
    response.send(
      instrumentedPage({
        counts: instrumented.counts,
        traces: traces.render(3, INSTRUMENTED, true),
        snapshot: telemetry.snapshot(),
      }),
    );
  });
  router.get('/logs', (_request, response) => void response.type('text').send(logs()));
  router.get('/health', (_request, response) => void response.json(telemetry.health()));
  router.get('/load', (_request, response) => void response.json(load()));
  router.get('/', (_request, response) => {
    response.send(OPERATOR_PATHS.map((path) => `<p><a href="${path}">${path}</a>`).join('\n'));
  });
  router.get('/favicon.ico', (_request, response) => void response.status(204).end());
  return router;
}
