import type { ExportContext, Exporter, ExportResult, FinishedSpan } from '@telltale/core';
import { otlpFor } from '@telltale/exporter-otlp';
import type { Authorization } from './authorization.ts';
import type { Settings } from './settings.ts';
import { unlessAborted } from './unless-aborted.ts';

const TRACES_ROLE = 'grant the service account roles/telemetry.tracesWriter (or roles/cloudtrace.agent) in the project';

/** Spans through Google's OTLP endpoint, with the same token. The project they belong to is an attribute of their resource. */
export function traceExporter(
  settings: Settings,
  authorization: Authorization,
): Required<Pick<Exporter, 'exportSpans' | 'shutdown'>> {
  let projectId = settings.projectId ?? '';
  const exporter = otlpFor('googleCloud', {
    url: { spans: settings.tracesEndpoint.href },
    headers: () => authorization.headers(),
    resource: (attributes) => ({ ...attributes, 'gcp.project_id': projectId }),
    credentials: TRACES_ROLE,
  });
  return {
    async exportSpans(spans: readonly FinishedSpan[], context: ExportContext): Promise<ExportResult | void> {
      context.signal.throwIfAborted();
      projectId = await unlessAborted(authorization.projectId(), context.signal);
      return exporter.exportSpans?.(spans, context);
    },
    async shutdown() {
      await exporter.shutdown?.();
    },
  };
}
