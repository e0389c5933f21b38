import type { FinishedSpan, Metric, MetricsSnapshot, OperationEvent } from '@telltale/core';
import { contextOf, SAMPLE_START, SAMPLE_TIME, sampleResource, sampleSnapshot, sampleSpans } from '@telltale/testing';
import { type AzureMonitorItem, openAzureMonitorBackend } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import type { AzureMonitorOptions } from './index.ts';
import { azureMonitor } from './index.ts';

interface Given {
  readonly metrics?: MetricsSnapshot;
  readonly spans?: readonly FinishedSpan[];
  readonly events?: readonly OperationEvent[];
}

async function sent(given: Given, options: AzureMonitorOptions = {}): Promise<readonly AzureMonitorItem[]> {
  const backend = await openAzureMonitorBackend();
  const exporter = azureMonitor({ connectionString: backend.connectionString, ...options });
  try {
    if (given.metrics) await exporter.exportMetrics?.(given.metrics, contextOf());
    if (given.spans) await exporter.exportSpans?.(given.spans, contextOf());
    if (given.events) await exporter.exportEvents?.(given.events, contextOf());
    expect(backend.server.complaints).toEqual([]);
    return backend.items();
  } finally {
    await exporter.shutdown?.();
    await backend.close();
  }
}

function snapshotOf(...metrics: readonly Metric[]): MetricsSnapshot {
  return { time: SAMPLE_TIME, resource: sampleResource, metrics };
}

function metric(name: string): Metric {
  return sampleSnapshot({ temporality: 'delta' }).metrics.find((one) => one.name === name) as Metric;
}

const span = (over: Partial<FinishedSpan> = {}): FinishedSpan => ({ ...(sampleSpans()[0] as FinishedSpan), ...over });

const tags = {
  'ai.cloud.role': 'checkout',
  'ai.cloud.roleInstance': 'host-1',
  'ai.application.ver': '1.4.0',
};

it('sends a histogram as one item: count, sum, ends of its buckets, and the buckets', async () => {
  expect(await sent({ metrics: snapshotOf(metric('sample.duration')) })).toEqual([
    {
      name: 'Microsoft.ApplicationInsights.Metric',
      time: '2023-11-14T22:14:20.000000Z',
      iKey: '11111111-2222-4333-8444-555555555555',
      sampleRate: 100,
      tags,
      data: {
        baseType: 'MetricData',
        baseData: {
          ver: 2,
          metrics: [{ name: 'sample.duration', value: 3.155, count: 6, min: 0, max: 1, kind: 'Aggregation' }],
          properties: {
            'histogram.buckets': '[[0.005,1],[0.055,2],[0.55,2],[1.94,1]]',
            'http.route': '/orders/:id',
            'http.response.status_code': '200',
            'deployment.environment.name': 'production',
          },
        },
      },
    },
  ]);
});

it('sends a summary as one item, and its quantiles as a metric of their own', async () => {
  const items = await sent({ metrics: snapshotOf(metric('sample.price')) });
  expect(items.map(({ data }) => [data.baseData.metrics, data.baseData.properties])).toMatchObject([
    [[{ name: 'sample.price', value: 9, count: 3, min: 3, max: 3 }], { plan: 'pro' }],
    [[{ name: 'sample.price.quantile', value: 2, count: 1 }], { plan: 'pro', quantile: '0.5' }],
    [[{ name: 'sample.price.quantile', value: 5, count: 1 }], { plan: 'pro', quantile: '0.99' }],
    [[{ name: 'sample.price', value: 4, count: 1 }], { plan: 'idle' }],
  ]);
});

it('sends exponential histograms with negative values, zeros and one value', async () => {
  const items = await sent({ metrics: snapshotOf(metric('sample.payload')) });
  expect(items.map(({ data }) => (data.baseData.metrics as object[])[0])).toMatchObject([
    { value: 4611, count: 8, min: -4, max: 2048 },
    { value: 0, count: 1, min: 0, max: 0 },
  ]);
  expect(items.map(({ data }) => (data.baseData.properties as Record<string, string>)['histogram.buckets'])).toEqual([
    '[[-3.22606,1],[-1.61303,1],[0,2],[355.065,1],[1420.25803,3]]',
    '[[0,1]]',
  ]);
});

it('has nothing to send for gauges that are no number, and says that they are done with', async () => {
  const backend = await openAzureMonitorBackend();
  const exporter = azureMonitor({ connectionString: backend.connectionString });
  const gauge = metric('sample.temperature');
  const context = contextOf();
  await exporter.exportMetrics?.(snapshotOf(gauge), context);
  expect(context.named).toEqual(new Set<unknown>(gauge.points));
  expect(backend.items().map(({ data }) => (data.baseData.metrics as { value: number }[])[0]?.value)).toEqual([
    21.5, -4,
  ]);
  await exporter.shutdown?.();
  await backend.close();
});

it('names other services of the process as themselves', async () => {
  const [item] = await sent({ metrics: snapshotOf(metric('sample.other_service')) });
  expect(item?.tags).toEqual({ 'ai.cloud.role': 'auth', 'ai.application.ver': '2' });
  expect(item?.data.baseData.properties).toEqual({});
});

it('takes namespace, instance and pod from the service, as Microsoft’s exporter does', async () => {
  const resource = {
    attributes: {
      'service.namespace': 'acme',
      'service.name': 'shop',
      'service.instance.id': 'i-1',
      'k8s.pod.name': 'shop-7f',
      team: 'payments',
    },
  };
  const [item] = await sent({ spans: [span({ resource, events: [] })] }, { resourceAttributes: ['team', 'absent'] });
  expect(item?.tags).toMatchObject({ 'ai.cloud.role': 'acme.shop', 'ai.cloud.roleInstance': 'shop-7f' });
  expect(item?.data.baseData.properties).toMatchObject({ team: 'payments' });
});

it('sends a server span as request, and its exception', async () => {
  const [request, exception] = await sent({ spans: [span()] });
  expect(request).toEqual({
    name: 'Microsoft.ApplicationInsights.Request',
    time: '2023-11-14T22:13:20.000000Z',
    iKey: '11111111-2222-4333-8444-555555555555',
    sampleRate: 100,
    tags: {
      ...tags,
      'ai.operation.id': '4bf92f3577b34da6a3ce929d0e0e4736',
      'ai.operation.parentId': '53995c3f42cd8ad8',
      'ai.operation.name': 'GET /orders/:id',
    },
    data: {
      baseType: 'RequestData',
      baseData: {
        ver: 2,
        id: '00f067aa0ba902b7',
        name: 'GET /orders/:id',
        duration: '00:00:00.2500000',
        success: false,
        responseCode: '500',
        properties: {
          'http.request.method': 'GET',
          'http.route': '/orders/:id',
          cached: 'false',
          'deployment.environment.name': 'production',
        },
      },
    },
  });
  expect(exception?.tags).toMatchObject({ 'ai.operation.parentId': '00f067aa0ba902b7' });
  expect(exception?.data).toEqual({
    baseType: 'ExceptionData',
    baseData: {
      ver: 2,
      exceptions: [
        { typeName: 'TypeError', message: 'x is undefined', hasFullStack: true, stack: 'TypeError\n  at x' },
      ],
      properties: { 'deployment.environment.name': 'production' },
    },
  });
});

it.each([
  [{ 'url.full': 'https://a.example/x?y=1', 'http.request.method': 'GET' }, 'https://a.example/x?y=1'],
  [
    {
      'http.request.method': 'GET',
      'url.scheme': 'https',
      'server.address': 'a',
      'server.port': 443,
      'url.path': '/x',
    },
    'https://a/x',
  ],
  [
    {
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'server.address': 'a',
      'server.port': 81,
      'url.path': '/x',
      'url.query': 'y=1',
    },
    'http://a:81/x?y=1',
  ],
  [{ 'http.request.method': 'GET', 'url.path': '/x' }, '/x'],
  [{ 'messaging.system': 'bullmq', 'url.path': '/x' }, undefined],
])('knows the address of a request with %j', async (attributes, url) => {
  const [item] = await sent({ spans: [span({ attributes, events: [] })] });
  expect(item?.data.baseData.url).toBe(url);
});

it.each([
  ['unset', { 'http.response.status_code': 404 }, false, '404'],
  ['unset', { 'http.response.status_code': 302 }, true, '302'],
  ['ok', { 'http.response.status_code': 404 }, true, '404'],
  ['error', { 'error.type': 'ETIMEDOUT' }, false, 'ETIMEDOUT'],
  ['unset', {}, true, '0'],
  ['error', { 'rpc.grpc.status_code': 14 }, false, '14'],
] as const)(
  'says of a request with status %s and %j whether it succeeded',
  async (status, attributes, success, code) => {
    const [item] = await sent({ spans: [span({ status, attributes, events: [] })] });
    expect(item?.data.baseData).toMatchObject({ success, responseCode: code });
  },
);

it.each([
  [
    'an HTTP call',
    {
      kind: 2,
      name: 'GET',
      attributes: {
        'http.request.method': 'GET',
        'url.full': 'https://api.example:8443/v1/x?y',
        'server.address': 'api.example',
        'server.port': 8443,
      },
    },
    { name: 'GET /v1/x', type: 'Http', target: 'api.example:8443', data: 'https://api.example:8443/v1/x?y' },
  ],
  [
    'an HTTP call to a service with a name',
    {
      kind: 2,
      attributes: {
        'http.request.method': 'GET',
        'url.full': 'https://a/x/1',
        'url.template': '/x/:id',
        'boundary.to': 'payments',
      },
    },
    { name: 'GET /x/:id', type: 'Http', target: 'payments', data: 'https://a/x/1' },
  ],
  [
    'a query',
    {
      kind: 2,
      name: 'SELECT orders',
      attributes: {
        'db.system.name': 'postgresql',
        'server.address': 'db',
        'db.namespace': 'shop',
        'db.query.text': 'select 1',
      },
    },
    { name: 'SELECT orders', type: 'postgresql', target: 'db|shop', data: 'select 1' },
  ],
  [
    'a query by the older conventions',
    { kind: 2, attributes: { 'db.system': 'mssql', 'db.name': 'shop', 'db.statement': 'select 1' } },
    { type: 'SQL', target: 'shop', data: 'select 1' },
  ],
  [
    'a message',
    { kind: 3, attributes: { 'messaging.destination.name': 'emails' } },
    { type: 'Queue Message', target: 'emails' },
  ],
  [
    'a call of gRPC',
    { kind: 2, attributes: { 'rpc.system': 'grpc', 'server.address': 'a' } },
    { type: 'GRPC', target: 'a' },
  ],
  ['a part of the service', { kind: 0, attributes: {} }, { type: 'InProc' }],
  ['a root within the service', { kind: 0, attributes: {}, parentSpanId: undefined }, { type: 'Dependency' }],
] as const)('sends %s as dependency', async (_, over, expected) => {
  const [item] = await sent({ spans: [span({ ...over, events: [], status: 'unset' } as never)] });
  expect(item?.data.baseType).toBe('RemoteDependencyData');
  expect(item?.data.baseData).toMatchObject({ ...expected, success: true, resultCode: '0', id: '00f067aa0ba902b7' });
});

it('sends other events of a span as messages, links as the portal knows them, and what the limits left out', async () => {
  const consumer = sampleSpans().find(({ name }) => name === 'process emails') as FinishedSpan;
  const events = [{ name: 'progress', time: SAMPLE_START + 2, attributes: { done: 0.5 } }];
  const [request, message] = await sent({ spans: [{ ...consumer, events }] });
  expect(request?.data.baseData).toMatchObject({
    duration: '01:00:00.0000000',
    properties: {
      '_MS.links': '[{"operation_Id":"4bf92f3577b34da6a3ce929d0e0e4736","id":"b7ad6b7169203331"}]',
      'dropped.attributes': '1',
      'dropped.events': '2',
      'dropped.links': '3',
      recipients: '["ada","grace"]',
    },
  });
  expect(message?.data).toMatchObject({
    baseType: 'MessageData',
    baseData: { message: 'progress', properties: { done: '0.5' } },
  });
});

it('names users, sessions, addresses and bots where Application Insights has a place for them', async () => {
  const attributes = {
    'client.address': '192.0.2.1',
    'user_agent.original': 'curl',
    'enduser.id': 'ada',
    'enduser.pseudo.id': 'x1',
    'session.id': 's1',
    'user_agent.synthetic.type': 'bot',
    'microsoft.sample_rate': 25,
  };
  const [item] = await sent({ spans: [span({ attributes, events: [] })] });
  expect(item?.sampleRate).toBe(25);
  expect(item?.tags).toMatchObject({
    'ai.location.ip': '192.0.2.1',
    'ai.user.userAgent': 'curl',
    'ai.user.authUserId': 'ada',
    'ai.user.id': 'x1',
    'ai.session.id': 's1',
    'ai.operation.syntheticSource': 'True',
  });
});

it('sends the end of an operation as custom event, of its span', async () => {
  const event: OperationEvent = {
    type: 'end',
    kind: 'job',
    name: 'nightly-etl',
    time: SAMPLE_START + 2,
    startTime: SAMPLE_START,
    duration: 2,
    outcome: 'failed',
    attributes: { 'job.name': 'nightly-etl', 'operation.kind': 'of mine', 'error.type': 'TypeError' },
    error: { type: 'TypeError', message: 'no' },
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    resource: sampleResource,
  };
  const [item] = await sent({ events: [event] });
  expect(item).toMatchObject({
    name: 'Microsoft.ApplicationInsights.Event',
    tags: { 'ai.operation.id': event.traceId, 'ai.operation.parentId': event.spanId },
  });
  expect(item?.data.baseData).toEqual({
    ver: 2,
    name: 'nightly-etl',
    properties: {
      'operation.kind': 'job',
      'operation.kind_': 'of mine',
      'operation.moment': 'end',
      'operation.outcome': 'failed',
      'error.type': 'TypeError',
      'error.message': 'no',
      'job.name': 'nightly-etl',
      'deployment.environment.name': 'production',
    },
    measurements: { duration: 2 },
  });
});
