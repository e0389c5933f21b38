import { healthEndpoint, type Telemetry } from '@telltale/core';
import type { PrometheusExporter } from '@telltale/exporter-prometheus';
import express, { type RequestHandler, type Router } from 'express';
import { type DrillPageParts, drillPage } from './drill-page.ts';
import { type InstrumentedSpans, instrumentedPage } from './instrumented.ts';
import type { Invoices } from './invoices.ts';
import type { RecentTraces } from './traces.ts';

/** Addresses for whoever runs the shop. */
export const OPERATOR_PATHS = [
  '/telltale/',
  '/metrics',
  '/traces',
  '/opentelemetry',
  '/logs',
  '/health',
  '/invoices',
  '/drill',
  '/load',
] as const;

interface OperatorParts {
  readonly telemetry: Telemetry;
  /** The live page. */
  readonly page: RequestHandler;
  readonly drill: DrillPageParts;
  readonly metrics: PrometheusExporter;
  readonly traces: RecentTraces;
  readonly instrumented: InstrumentedSpans;
  /** The last lines of the log. */
  readonly logs: () => string;
  /** The function on Lambda. */
  readonly invoices: Pick<Invoices, 'health'>;
  /** What the load generator did so far. */
  readonly load: () => unknown;
}

/** The scope of what only OpenTelemetry's instrumentations see: a database query. */
const INSTRUMENTED = '@opentelemetry/instrumentation-pg';

export function createOperators(parts: OperatorParts): Router {
  const { telemetry, page, drill, metrics, traces, instrumented, logs, invoices, load } = parts;
  const router = express.Router();
  router.use('/telltale', page);
  router.use('/drill', drillPage(drill));
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
  router.use('/health', healthEndpoint(telemetry));
  // Exporters that only the file of configuration knows.
  router.get('/invoices', (_request, response) => void response.json(invoices.health()));
  router.get('/load', (_request, response) => void response.json(load()));
  router.get('/', (_request, response) => {
    response.send(OPERATOR_PATHS.map((path) => `<p><a href="${path}">${path}</a>`).join('\n'));
  });
  router.get('/favicon.ico', (_request, response) => void response.status(204).end());
  return router;
}
