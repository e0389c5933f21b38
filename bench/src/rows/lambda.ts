import type { Experiment, Loop } from '../experiment.ts';

const CONTEXT = {
  awsRequestId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
  functionName: 'shop',
  functionVersion: '7',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:shop',
  memoryLimitInMB: '256',
  getRemainingTimeInMillis: () => 30_000,
};
const EVENT = {
  version: '2.0',
  routeKey: 'GET /stock/{sku}',
  rawPath: '/stock/42',
  rawQueryString: '',
  headers: { 'x-forwarded-proto': 'https', 'user-agent': 'bench' },
  requestContext: { http: { method: 'GET', path: '/stock/42', sourceIp: '192.0.2.1' } },
};
const ANSWER = { statusCode: 200, body: '{"left":3}' };

type Handler = (event: typeof EVENT, context: typeof CONTEXT) => Promise<typeof ANSWER>;

const handler: Handler = async () => ANSWER;

/** Warm invocations, one after another. What a log line costs to write is the same for all, so it is left out. */
function invocations(wrapped: Handler, lines?: () => number): Loop {
  let made = 0;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        made++;
        if ((await wrapped(EVENT, CONTEXT)) !== ANSWER) throw new Error('the answer was another');
      }
    },
    settle() {
      if (lines !== undefined && lines() < made)
        throw new Error(`of ${made} invocations ${lines()} lines were written`);
    },
  };
}

async function telltale(every: number): Promise<Loop> {
  const { createTelemetry } = await import('@telltale/core');
  const { lambdaTelemetry } = await import('@telltale/aws');
  const { emf } = await import('@telltale/exporter-cloudwatch');
  let lines = 0;
  const telemetry = createTelemetry({
    service: { name: 'shop' },
    exporters: [emf({ namespace: 'Shop', interval: 3600, write: () => void lines++ })],
    metrics: { disable: ['telltale.*'] },
  });
  return invocations(lambdaTelemetry(telemetry, handler, { flush: { every } }), every === 0 ? () => lines : undefined);
}

async function powertools(): Promise<Loop> {
  const { Metrics, MetricUnit } = await import('@aws-lambda-powertools/metrics');
  let lines = 0;
  const console = { ...globalThis.console, log: () => void lines++ };
  const metrics = new Metrics({ namespace: 'Shop', serviceName: 'shop' });
  Object.assign(metrics, { console });
  return invocations(
    async (event, context) => {
      const before = performance.now();
      const answer = await handler(event, context);
      metrics.addDimension('http.route', '/stock/{sku}');
      metrics.addMetric('faas.invocations', MetricUnit.Count, 1);
      metrics.addMetric('http.server.request.duration', MetricUnit.Seconds, (performance.now() - before) / 1000);
      metrics.addMetric('faas.mem_usage', MetricUnit.Bytes, process.resourceUsage().maxRSS * 1024);
      metrics.publishStoredMetrics();
      return answer;
    },
    () => lines,
  );
}

const added = { figure: 'time', unit: 'µs', added: 'bare', peer: 'powertools' } as const;

export const experiment: Experiment = {
  name: 'lambda',
  file: import.meta.url,
  programs: {
    bare: async () => invocations(handler),
    'telltale, delivered after each': () => telltale(0),
    'telltale, delivered once a minute': () => telltale(60),
    powertools,
  },
  rows: [
    {
      ...added,
      what: 'Lambda, added per warm invocation: all metrics, delivered after each (EMF)',
      ours: 'telltale, delivered after each',
    },
    {
      ...added,
      what: 'Lambda, added per warm invocation: all metrics, delivered once a minute',
      ours: 'telltale, delivered once a minute',
    },
  ],
};
