import type {
  AlertRow,
  CallRow,
  Frame,
  History,
  JobRow,
  PoolRow,
  QueueRow,
  RouteRow,
  RuntimeRow,
  ServiceRow,
  TraceDetail,
  Traffic,
} from '../frame.ts';
import { lineKey } from '../frame.ts';

/** The service's name, its requests a second and the share that fails. */
const SERVICES = [
  ['shop-web', 412, 0.002],
  ['orders', 187, 0.09],
  ['payments', 61, 0.004],
  ['thumbnails', 0, 0],
] as const;

const ROUTES = [
  'GET /',
  'GET /products',
  'GET /products/:id',
  'GET /search',
  'POST /cart',
  'POST /checkout',
  'GET /orders/:id',
  'PUT /orders/:id/address',
  'POST /payments',
  'DELETE /cart/:item',
  'GET /images/*',
  'GET /health',
];

/** A number that goes up and down around `middle`, always the same for the same time and seed. */
function wave(middle: number, seed: number, time: number): number {
  return middle * (1 + 0.25 * Math.sin(time / (17 + seed)) + 0.1 * Math.sin(time / 3.1 + seed * 7));
}

function traffic(rate: number, share: number, p50: number, seed: number, time: number): Traffic {
  const now = wave(rate, seed, time);
  return {
    count: Math.round(rate * 3_600 + seed * 100),
    errors: Math.round(rate * 3_600 * share),
    rate: now,
    errorRate: rate === 0 ? null : now * Math.max(0, wave(share, seed + 1, time)),
    p50: rate === 0 ? null : wave(p50, seed + 2, time),
    p95: rate === 0 ? null : wave(p50 * 4, seed + 3, time),
    p99: rate === 0 ? null : wave(p50 * 9, seed + 4, time),
  };
}

export interface FakeFrameOptions {
  readonly epoch?: string;
  readonly title?: string;
  /** Rows of the table of routes. */
  readonly routes?: number;
  /** Names instead of the usual ones, for services, routes, queues and so on. */
  readonly names?: readonly string[];
  /** Nothing has happened yet. */
  readonly empty?: boolean;
  /** Nothing is wrong. */
  readonly calm?: boolean;
}

/** What a shop of four services would tell at that time. */
export function fakeFrame(time: number, options: FakeFrameOptions = {}): Frame {
  const { epoch = 'first', title = 'Shop', names, empty = false, calm = false } = options;
  const named = (usual: string, i: number): string => (names ? (names[i % names.length] as string) : usual);
  const services = SERVICES.map(([name, rate, errorRate], i): ServiceRow => {
    const jobs = i === 3 ? 24 : i === 1 ? 8 : 0;
    return {
      id: named(name, i),
      service: named(name, i),
      instances: i + 1,
      version: `1.${i}.0`,
      environment: 'production',
      requests: traffic(rate, calm ? 0 : errorRate, 0.018 * (i + 1), i, time),
      jobs: traffic(jobs, calm ? 0 : 0.01, 0.35, i + 10, time),
      calls: traffic(rate * 0.7, 0.001, 0.03, i + 20, time),
      activeRequests: Math.round(rate / 40),
      activeJobs: Math.round(jobs / 4),
      waiting: jobs === 0 ? null : Math.round(wave(40 * i, i, time)),
      cpu: wave(0.2 + i * 0.12, i, time),
      memory: 1.2e8 * (i + 1),
      eventLoopDelay: wave(0.011, i, time),
    };
  });
  const routes = Array.from({ length: options.routes ?? ROUTES.length }, (_, i): RouteRow => {
    const [method = 'GET', path = '/'] = (ROUTES[i % ROUTES.length] as string).split(' ');
    const service = (services[i % 3] as ServiceRow).service;
    const route = named(i < ROUTES.length ? path : `${path}/${i}`, i);
    const errorRate = calm ? 0 : i === 5 ? 0.12 : 0.003;
    return {
      id: `${service} ${method} ${route} ${i}`,
      service,
      method,
      route,
      statuses: { '2xx': 123_456, '4xx': 321, '5xx': 12, '499': 3 },
      ...traffic(120 / (i + 1), errorRate, 0.004 * ((i % 12) + 1), i, time),
    };
  });
  const queues = ['thumbnails', 'emails', 'invoices'].map(
    (name, i): QueueRow => ({
      id: named(name, i),
      service: named('thumbnails', i),
      queue: named(name, i),
      depth: { waiting: Math.round(wave(80 / (i + 1), i, time)), active: 4, delayed: 12 * i, failed: i },
      oldest: calm ? 1.5 : 1.5 + i * 220,
      workers: i === 1 && !calm ? 0 : 3,
      paused: i === 2 && !calm,
      stalled: i,
      overdue: 0,
    }),
  );
  const jobs = ['resize', 'send', 'render', 'nightly-etl'].map(
    (name, i): JobRow => ({
      id: `job ${named(name, i)} ${i}`,
      service: named('thumbnails', i),
      queue: named(['thumbnails', 'emails', 'invoices', ''][i] as string, i),
      job: named(name, i),
      active: 4 - i,
      retries: i * 11,
      waitP50: 0.02 * (i + 1),
      waitP95: 0.4 * (i + 1),
      ...traffic(24 / (i + 1) - 5.9, 0.01, 0.35 * (i + 1), i, time),
    }),
  );
  const pools = ['images', 'pdf'].map(
    (name, i): PoolRow => ({
      id: named(name, i),
      service: named('thumbnails', i),
      pool: named(name, i),
      size: 8,
      busy: Math.round(wave(5, i, time)),
      pending: i * 7,
      utilization: Math.min(1, wave(0.62 + i * 0.35, i, time)),
      waitP95: 0.012,
      ...traffic(18, 0, 0.11, i, time),
    }),
  );
  const calls = (
    [
      ['shop-web', 'orders', 'http', 120, 0.002],
      ['shop-web', 'search', 'http', 44, 0],
      ['orders', 'payments', 'http', 61, 0.09],
      ['orders', 'postgres', 'sql', 410, 0],
      ['payments', 'stripe', 'https', 58, 0.001],
      ['orders', 'thumbnails', 'bullmq', 12, 0],
      ['thumbnails', 's3', 'https', 31, 0.003],
      ['thumbnails', 'shop-web', 'http', 2, 0],
    ] as const
  ).map(([from, to, protocol, rate, errorRate], i): CallRow => {
    const numbers = traffic(rate, calm ? 0 : errorRate, 0.006 * (i + 1), i, time);
    const operations = ['charge', 'lookup', 'list'].map((operation, n) => ({
      operation: named(operation, n),
      ...numbers,
    }));
    return {
      id: `${from} ${to} ${i}`,
      service: named(from, i),
      from: named(from, i),
      to: named(to, i + 1),
      protocol,
      active: i,
      operations,
      ...numbers,
    };
  });
  const runtime = services.map(
    ({ service, cpu, memory }, i): RuntimeRow => ({
      id: `process ${i}`,
      service,
      instance: `7f3a${i}c9e`,
      eventLoopP50: wave(0.0102, i, time),
      eventLoopP99: wave(0.019, i, time),
      eventLoopUtilization: wave(0.34, i, time),
      gc: wave(0.012, i, time),
      heapUsed: wave(6.4e7, i, time),
      memory,
      cpu,
      systemCpu: wave(0.5, i, time),
      systemMemory: 0.61,
      networkReceived: wave(1.4e6, i, time),
      networkSent: wave(3.1e6, i, time),
      diskRead: wave(2e4, i, time),
      diskWritten: wave(4e5, i, time),
      disks: [
        { mount: '/', used: 0.57 },
        { mount: named('/var/lib/data', i), used: 0.94 },
      ],
    }),
  );
  const tables = { services, routes, queues, jobs, pools, calls, runtime };
  const lines: Record<string, number | null> = {};
  for (const { id, requests } of services) lines[lineKey('services', id, 'requests.rate')] = requests.rate;
  const table = <R>(rows: readonly R[], more = 0) => ({ rows: empty ? [] : rows, more: empty ? 0 : more });
  return {
    epoch,
    time,
    window: 60,
    title: named(title, 0),
    services: table(tables.services),
    routes: table(tables.routes, 9_800),
    queues: table(tables.queues),
    jobs: table(tables.jobs),
    pools: table(tables.pools),
    calls: table(tables.calls),
    runtime: table(tables.runtime),
    traces: empty
      ? 'off'
      : Array.from({ length: 12 }, (_, i) => ({
          traceId: `${i + 1}`.padStart(32, '0'),
          name: named(i % 2 ? 'POST /checkout' : 'GET /search', i),
          service: named(i % 2 ? 'orders' : 'shop-web', i),
          start: time - 7 * i,
          seconds: 0.3 + i * 0.21,
          spans: 5 + i,
          why: i % 3 === 0 ? ('failed' as const) : ('slow' as const),
          ...(i % 3 === 0 ? { message: named('PaymentDeclined: insufficient funds', i) } : {}),
        })),
    exporters: empty
      ? []
      : [
          {
            name: 'prometheus',
            status: 'ok',
            lastSuccess: time - 3,
            accepted: 812_331,
            rejected: 0,
            dropped: 0,
            unknown: 0,
            queued: 0,
            circuit: 'closed',
            monthlyCost: 0,
          },
          calm
            ? {
                name: 'otlp',
                status: 'ok',
                lastSuccess: time - 1,
                accepted: 42,
                rejected: 0,
                dropped: 0,
                unknown: 0,
                queued: 0,
                monthlyCost: 1.5,
              }
            : {
                name: named('cloudwatch', 1),
                status: 'failing',
                lastSuccess: time - 420,
                lastError: {
                  time: time - 4,
                  message: named('503 Service Unavailable: the backend says try again later', 2),
                },
                accepted: 99_120,
                rejected: 3,
                dropped: 120,
                unknown: 2,
                queued: 2_048,
                circuit: 'open',
                monthlyCost: 182.4,
              },
          {
            name: 'xray',
            status: 'idle',
            lastSuccess: null,
            accepted: 0,
            rejected: 0,
            dropped: 0,
            unknown: 0,
            queued: 0,
            monthlyCost: null,
          },
        ],
    series: {
      series: empty ? 0 : 8_412,
      total: 50_000,
      perInstrument: 2_000,
      overflows:
        empty || calm ? [] : [{ metric: named('http.server.request.duration', 0), attribute: named('user.id', 1) }],
      largest: empty
        ? []
        : [
            { metric: named('http.server.request.duration', 0), series: 1_980 },
            { metric: named('boundary.call.duration', 1), series: 640 },
            { metric: named('job.duration', 2), series: 212 },
          ],
      monthlyCost: empty ? null : 183.9,
    },
    alerts: empty || calm ? [] : alerts(time, named),
    problems: empty || calm ? {} : { [named('ERR_EXPORT', 3)]: 4 },
    lines: empty ? {} : lines,
  };
}

function alerts(time: number, named: (usual: string, i: number) => string): AlertRow[] {
  return [
    {
      id: 'a',
      rule: named('HighErrorRate', 0),
      severity: 'critical',
      state: 'firing',
      since: time - 190,
      summary: named('7.1 % of requests of orders fail, more than 5 %', 1),
      labels: { service_name: 'orders', route: named('/checkout', 2) },
      silenced: false,
    },
    {
      id: 'b',
      rule: 'OldJobs',
      severity: 'warning',
      state: 'pending',
      since: time - 40,
      summary: 'The oldest job of invoices has waited 7 min',
      labels: { queue: 'invoices' },
      silenced: false,
    },
    {
      id: 'c',
      rule: 'SlowCalls',
      severity: 'error',
      state: 'firing',
      since: time - 4_000,
      summary: 'p95 of calls from orders to payments is 1.2 s',
      labels: { to: 'payments' },
      silenced: true,
    },
    {
      id: 'd',
      rule: 'HighCpu',
      severity: 'info',
      state: 'resolved',
      since: time - 900,
      summary: 'CPU of thumbnails was over 90 %',
      labels: {},
      silenced: false,
    },
  ];
}

/** `seconds` before `time`, one sample each five. */
export function fakeHistory(time: number, seconds: number, options: FakeFrameOptions = {}): History {
  const times: number[] = [];
  const lines: Record<string, (number | null)[]> = {};
  const fields = { 'requests.rate': 0, 'requests.errorRate': 0, 'requests.p95': 0 };
  for (let at = time - seconds; at < time; at += 5) {
    const i = times.push(at) - 1;
    const frame = fakeFrame(at, options);
    for (const row of frame.services.rows) {
      for (const field of Object.keys(fields) as (keyof typeof fields)[]) {
        const key = lineKey('services', row.id, field);
        lines[key] ??= [];
        lines[key][i] = row.requests[field.slice('requests.'.length) as 'rate' | 'errorRate' | 'p95'];
      }
      const key = lineKey('services', row.id, 'cpu');
      lines[key] ??= [];
      lines[key][i] = row.cpu;
    }
    for (const row of frame.routes.rows) {
      for (const field of ['rate', 'errorRate', 'p95'] as const) {
        const key = lineKey('routes', row.id, field);
        lines[key] ??= [];
        lines[key][i] = row[field];
      }
    }
  }
  return { epoch: options.epoch ?? 'first', times, lines };
}

export function fakeTrace(traceId: string, options: FakeFrameOptions = {}): TraceDetail {
  const named = (usual: string, i: number): string =>
    options.names ? (options.names[i % options.names.length] as string) : usual;
  const span = (
    i: number,
    depth: number,
    name: string,
    service: string,
    offset: number,
    seconds: number,
    failed = false,
  ): TraceDetail['spans'][number] => ({
    spanId: `span${i}`,
    ...(i === 0 ? {} : { parentSpanId: 'span0' }),
    depth,
    name: named(name, i),
    service: named(service, i),
    kind: i === 0 ? 'server' : 'client',
    offset,
    seconds,
    status: failed ? 'error' : 'unset',
    ...(failed ? { message: named('PaymentDeclined: insufficient funds', i) } : {}),
    attributes: {
      'http.request.method': 'POST',
      'http.route': named('/checkout', i),
      'server.address': 'payments.internal',
    },
    events: failed
      ? [
          {
            name: 'exception',
            offset: offset + seconds * 0.8,
            attributes: {
              'exception.type': 'PaymentDeclined',
              'exception.stacktrace': 'Error\n  at charge (payments.ts:12)\n  at checkout (orders.ts:90)',
            },
          },
        ]
      : [],
    links: i === 5 ? [{ traceId: '1'.repeat(32), spanId: 'abc' }] : [],
  });
  return {
    traceId,
    start: 1_800_000_000,
    seconds: 0.842,
    dropped: 2,
    spans: [
      span(0, 0, 'POST /checkout', 'shop-web', 0, 0.842),
      span(1, 1, 'authenticate', 'shop-web', 0.004, 0.03),
      span(2, 1, 'POST /orders', 'orders', 0.04, 0.79),
      span(3, 2, 'SELECT cart', 'postgres', 0.05, 0.012),
      span(4, 2, 'charge', 'payments', 0.08, 0.7, true),
      span(5, 3, 'POST https://api.stripe.com/v1/charges', 'payments', 0.1, 0.66, true),
      span(6, 2, 'emails send', 'orders', 0.8, 0.0004),
    ],
  };
}
