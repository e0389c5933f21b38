import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ExportContext,
  Exporter,
  ExportResult,
  FinishedSpan,
  Metric,
  OperationEvent,
  Signal,
} from '@telltale/core';
import type { BackendControl, ExporterUnderTest, Received, ReceivedSeries } from './index.ts';

/** A backend that speaks JSON over HTTP, with an exporter for it: the smallest pair that the whole suite applies to. */
export async function jsonBackend(): Promise<ExporterUnderTest> {
  const received: Record<Signal, unknown[]> = { metrics: [], spans: [], events: [] };
  let next: {
    status?: number;
    headers?: Readonly<Record<string, string>>;
    end?: 'stall' | 'disconnect';
    refuse?: number;
  } = {};
  let requests = 0;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests++;
    const { status = 200, headers = {}, end, refuse = 0 } = next;
    next = {};
    if (end === 'stall') return;
    if (end === 'disconnect') return request.socket.destroy();
    const items = JSON.parse(Buffer.concat(chunks).toString()) as unknown[];
    if (status === 200) received[request.url?.slice(1) as Signal].push(...items.slice(refuse));
    response.writeHead(status, headers).end(JSON.stringify({ refused: refuse }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const meet = (what: typeof next): void => {
    next = what;
  };
  const backend: BackendControl = {
    answer: (status, headers = {}) => meet({ status, headers }),
    stall: () => meet({ end: 'stall' }),
    disconnect: () => meet({ end: 'disconnect' }),
    refuseOne: () => meet({ refuse: 1 }),
    requests: () => requests,
  };
  return {
    exporter: jsonExporter(`http://127.0.0.1:${port}`),
    backend,
    received: async () => received as unknown as Received,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function seriesOf(metric: Metric): readonly ReceivedSeries[] {
  return metric.points.map((point) => ({
    name: metric.name,
    attributes: point.attributes,
    ...('value' in point && { value: point.value }),
  }));
}

function jsonExporter(url: string): Exporter {
  const post = async (
    signal: Signal,
    items: readonly unknown[],
    context: ExportContext,
  ): Promise<ExportResult | void> => {
    context.signal.throwIfAborted();
    if (items.length === 0) return;
    const response = await fetch(`${url}/${signal}`, {
      method: 'POST',
      body: JSON.stringify(items),
      signal: context.signal,
    });
    const { refused } = (await response.json()) as { refused: number };
    const retryAfter = response.headers.get('retry-after');
    if (response.ok) return { accepted: items.length - refused, rejected: refused };
    throw Object.assign(new Error(`status ${response.status}`), {
      name: 'ExportError',
      retryable: ![400, 413, 422].includes(response.status),
      ...(retryAfter !== null && { retryAfter: Number(retryAfter) }),
    });
  };
  return {
    name: 'json',
    exportMetrics: ({ metrics }, context) => post('metrics', metrics.flatMap(seriesOf), context),
    exportSpans: (spans: readonly FinishedSpan[], context) => post('spans', spans, context),
    exportEvents: (events: readonly OperationEvent[], context) => post('events', events, context),
  };
}
