// A process with a spool, which does what its parent tells it over IPC: { call, args } → { value }.
import http from 'node:http';
import { createTelemetry, type ExportContext, ExportError, type Exporter, type Telemetry } from '@telltale/core';
import { diskSpool } from './index.ts';

/** What a process is started with. */
export interface ProgramOptions {
  readonly directory: string;
  readonly url: string;
  /** Seconds between exports of metrics and of events. */
  readonly interval: number;
  readonly whenUnknown?: 'again' | 'give-up';
  /** Starts jobs by itself, as fast as it can, numbered from here. */
  readonly busyFrom?: number;
}

/** A request to the backend. */
export interface Sent {
  readonly pid: number;
  /** Sums of the points of the counter. */
  readonly values?: readonly number[];
  readonly names?: readonly string[];
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProgramOptions;
const problems: string[] = [];
const { whenUnknown } = options;

const exporter: Exporter = {
  name: 'backend',
  temporality: 'delta',
  interval: { metrics: options.interval, events: options.interval },
  ...(whenUnknown !== undefined && { whenUnknown }),
  delivery: {
    spool: diskSpool({ directory: options.directory }),
    circuitBreaker: false,
    filter: { metrics: { include: ['orders'] } },
  },
  exportMetrics: (snapshot, context) => {
    const values = snapshot.metrics.flatMap(({ points }) =>
      points.map((point) => ('value' in point ? point.value : 0)),
    );
    return post({ pid: process.pid, values }, context);
  },
  exportEvents: (events, context) => post({ pid: process.pid, names: events.map(({ name }) => name) }, context),
};

const telemetry: Telemetry = createTelemetry({
  service: { name: 'checkout', instanceId: 'one' },
  exporters: [exporter],
  onError: (error) => problems.push(error.message),
});
const orders = telemetry.counter('orders');
if (options.busyFrom !== undefined) void beBusy(options.busyFrom);

const calls: Record<string, (...args: never[]) => unknown> = {
  add: (value: number) => orders.add(value),
  job: (name: string) => telemetry.job(name, async () => {}),
  flush: () => telemetry.flush(),
  health: () => telemetry.health().exporters[0],
  problems: () => problems,
  shutdown: () => telemetry.shutdown(),
};

process.on('message', ({ question, call, args }: { question: number; call: string; args: never[] }) => {
  Promise.resolve(calls[call]?.(...args)).then(
    (value) => process.send?.({ answer: question, value }),
    (error: unknown) => process.send?.({ answer: question, error: String(error) }),
  );
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });

async function beBusy(from: number): Promise<void> {
  for (let number = from; ; number++) {
    await telemetry.job(String(number), async () => {});
    if (number % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function post(sent: Sent, { signal }: ExportContext): Promise<void> {
  return new Promise((resolve, reject) => {
    let written = false;
    const request = http.request(options.url, { method: 'POST', signal, agent: false }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new ExportError(`status ${response.statusCode}`));
      });
    });
    request.on('error', (error) => reject(new ExportError(error.message, { outcomeUnknown: written })));
    request.on('finish', () => {
      written = true;
    });
    request.end(JSON.stringify(sent));
  });
}
