import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ExportContext,
  ExportError,
  type Exporter,
  type FinishedSpan,
  type Metric,
  type OperationEvent,
  type Signal,
} from '@telltale/core';
import type { BackendControl, ExporterUnderTest, Received, ReceivedSeries } from './index.ts';

/** A backend that speaks JSON over HTTP, with an exporter for it: the smallest pair that the whole suite applies to. */
export async function jsonBackend(): Promise<ExporterUnderTest> {
  const received: Record<Signal, unknown[]> = { metrics: [], spans: [], events: [] };
  let next: {
    status?: number;
    headers?: Readonly<Record<string, string>>;
    end?: 'stall' | 'drip' | 'disconnect';
    refuse?: number;
    times?: number;
  } = {};
  let poison: string | undefined;
  let requests = 0;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    requests++;
    const { headers = {}, end, refuse = 0, times = 1 } = next;
    const body = Buffer.concat(chunks).toString();
    const status = poison !== undefined && body.includes(poison) ? 400 : (next.status ?? 200);
    next = times > 1 ? { ...next, times: times - 1 } : {};
    if (end === 'stall') return;
    if (end === 'drip') return void response.writeHead(200, { 'content-length': 1000 }).write('.');
    if (end === 'disconnect') return request.socket.destroy();
    const items = JSON.parse(body) as unknown[];
    if (status === 200) received[request.url?.slice(1) as Signal].push(...items.slice(refuse));
    response.writeHead(status, headers).end(JSON.stringify({ refused: refuse }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const meet = (what: typeof next): void => {
    next = what;
  };
  const backend: BackendControl = {
    answer: (status, headers = {}, times = 1) => meet({ status, headers, times }),
    stall: () => meet({ end: 'stall' }),
    drip: () => meet({ end: 'drip' }),
    disconnect: () => meet({ end: 'disconnect' }),
    refuseOne: () => meet({ refuse: 1 }),
    poison: (text) => {
      poison = text;
    },
    requests: () => requests,
    down: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
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
  /** In halves where the payload is to blame, so that one bad item does not take the others along. */
  const post = async (
    signal: Signal,
    items: readonly unknown[],
    context: ExportContext,
  ): Promise<{ readonly accepted: number; readonly rejected: number }> => {
    context.signal.throwIfAborted();
    if (items.length === 0) return { accepted: 0, rejected: 0 };
    const response = await request(`${url}/${signal}`, JSON.stringify(items), context);
    const answer = await response.text();
    if (response.ok) {
      const { refused } = JSON.parse(answer) as { refused: number };
      return { accepted: items.length - refused, rejected: refused };
    }
    if ([400, 413, 422].includes(response.status)) {
      if (items.length === 1) return { accepted: 0, rejected: 1 };
      const half = Math.ceil(items.length / 2);
      const [first, second] = [
        await post(signal, items.slice(0, half), context),
        await post(signal, items.slice(half), context),
      ];
      return { accepted: first.accepted + second.accepted, rejected: first.rejected + second.rejected };
    }
    const retryAfter = response.headers.get('retry-after');
    throw new ExportError(`status ${response.status}`, {
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

async function request(url: string, body: string, { signal }: ExportContext): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', body, signal });
  } catch (error) {
    signal.throwIfAborted();
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    throw new ExportError('no answer', { cause: error, outcomeUnknown: code !== 'ECONNREFUSED' });
  }
}
