import type { ExporterReport } from '../report.ts';
import type { ProbedExporter, ProbeResult } from './probe-result.ts';

/** What `@telltale/exporter-prometheus` says of a port that it cannot have. */
const TAKEN = /port (\d+) of (all interfaces|\S+) is taken/;
/** Seconds that the answer of a server on this machine may take. */
const ANSWER_TIMEOUT = 2;

/** How each exporter of the probed telemetries is doing. */
export function reportExporters(result: ProbeResult): Promise<ExporterReport[]> {
  const exporters = result.telemetries.flatMap((telemetry) => telemetry.exporters);
  return Promise.all(exporters.map((exporter) => reportOf(exporter, result.rendered[exporter.name])));
}

async function reportOf(
  { name, status, signals, error }: ProbedExporter,
  rendered: ProbeResult['rendered'][string] | undefined,
): Promise<ExporterReport> {
  if (status === 'failing') {
    const service = await runningService(error ?? '');
    return service === undefined
      ? { name, status, detail: error ?? 'it fails' }
      : { name, status: 'ok', detail: `its port is served by "${service}", which runs already` };
  }
  if (rendered !== undefined) {
    return 'error' in rendered
      ? { name, status: 'failing', detail: rendered.error }
      : { name, status: 'ok', detail: `rendered ${rendered.lines} lines` };
  }
  const of = (wanted: string): string =>
    Object.keys(signals)
      .filter((signal) => signals[signal] === wanted)
      .join(', ');
  if (Object.keys(signals).length === 0) return { name, status: 'ok', detail: 'has started' };
  if (status === 'idle') return { name, status, detail: `takes ${of('idle')}; there was nothing to send` };
  return { name, status, detail: `took ${of('ok')}` };
}

/** The service that has the port already, where it is one that Telltale observes: most likely this one, running. */
async function runningService(error: string): Promise<string | undefined> {
  const [, port, interfaces] = TAKEN.exec(error) ?? [];
  if (port === undefined || interfaces === undefined) return undefined;
  const anywhere = ['all interfaces', '0.0.0.0', '::'].includes(interfaces);
  const host = anywhere ? 'localhost' : interfaces.includes(':') ? `[${interfaces}]` : interfaces;
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT * 1000);
    const text = await (await fetch(`http://${host}:${port}/metrics`, { signal })).text();
    const info = text.split('\n').find((line) => line.startsWith('target_info{'));
    if (!info?.includes('telemetry_sdk_name="telltale"')) return undefined;
    return /service_name="((?:[^"\\]|\\.)*)"/.exec(info)?.[1];
  } catch {
    return undefined;
  }
}
