import type { FinishedSpan } from '@telltale/core';
import { SAMPLE_START, sampleSpans } from '@telltale/testing';
import { expect, it } from 'vitest';
import { documentsSent, spanWith } from './xray.test-support.ts';

it('sends what a service is asked to do as segment of the service', async () => {
  const attributes = {
    'http.request.method': 'GET',
    'url.scheme': 'https',
    'url.path': '/orders/7',
    'url.query': 'full=1',
    'server.address': 'shop.example',
    'http.route': '/orders/:id',
    'http.response.status_code': 503,
    'http.response.body.size': 120,
    'client.address': '192.0.2.1',
    'user_agent.original': 'curl/8',
    'enduser.id': 'ada',
    'tenant.id': 'acme',
  };
  const stack =
    'TypeError: x\n    at find (/srv/a.js:3:7)\n    at async Promise.all (index 0)\n    at /srv/b.js:9:1\n    at new <anonymous> (node:internal/x:1:2)';
  const events = [
    { name: 'retrying', time: SAMPLE_START + 0.1, attributes: { attempt: 2 } },
    {
      name: 'exception',
      time: SAMPLE_START + 0.2,
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'x', 'exception.stacktrace': stack },
    },
  ];
  const [document] = await documentsSent([spanWith({ attributes, events })], { origin: 'AWS::ECS::Fargate' });
  expect(document).toEqual({
    name: 'checkout',
    id: '00f067aa0ba902b7',
    trace_id: '1-4bf92f35-77b34da6a3ce929d0e0e4736',
    parent_id: '53995c3f42cd8ad8',
    start_time: 1_700_000_000,
    end_time: 1_700_000_000.25,
    origin: 'AWS::ECS::Fargate',
    user: 'ada',
    service: { version: '1.4.0' },
    http: {
      request: {
        method: 'GET',
        url: 'https://shop.example/orders/7?full=1',
        user_agent: 'curl/8',
        client_ip: '192.0.2.1',
      },
      response: { status: 503, content_length: 120 },
    },
    fault: true,
    cause: {
      exceptions: [
        {
          id: expect.stringMatching(/^[0-9a-f]{16}$/),
          type: 'TypeError',
          message: 'x',
          stack: [
            { path: '/srv/a.js', line: 3, label: 'find' },
            { path: '/srv/b.js', line: 9, label: '' },
            { path: 'node:internal/x', line: 1, label: 'new <anonymous>' },
          ],
        },
      ],
    },
    annotations: { http_route: '/orders/:id', deployment_environment_name: 'production' },
    metadata: {
      span: {
        name: 'GET /orders/:id',
        kind: 'server',
        scope: 'sample 1.0.0',
        status_message: 'no "such" order',
        trace_state: 'vendor=opaque',
      },
      attributes: { 'server.address': 'shop.example', 'tenant.id': 'acme' },
      events: [{ name: 'retrying', time: SAMPLE_START + 0.1, attributes: { attempt: 2 } }],
      resource: {
        'service.name': 'checkout',
        'service.version': '1.4.0',
        'deployment.environment.name': 'production',
        'host.name': 'host-1',
      },
    },
  });
});

it('sends what it does on the way as subsegments of their own', async () => {
  const [query] = await documentsSent([sampleSpans()[1] as FinishedSpan]);
  expect(query).toEqual({
    name: 'postgresql@db',
    id: '1111111111111111',
    trace_id: '1-4bf92f35-77b34da6a3ce929d0e0e4736',
    parent_id: '00f067aa0ba902b7',
    type: 'subsegment',
    namespace: 'remote',
    start_time: 1_700_000_000.01,
    end_time: 1_700_000_000.0112345,
    sql: { database_type: 'postgresql' },
    annotations: { deployment_environment_name: 'production' },
    metadata: {
      span: { name: 'SELECT orders', kind: 'client', scope: 'sample 1.0.0' },
      attributes: { 'db.system.name': 'postgresql', 'server.address': 'db', 'server.port': 5432 },
    },
  });
});

it.each([
  [{ 'peer.service': 'billing', 'server.address': 'a' }, 'billing'],
  [{ 'boundary.to': 'payments', 'server.address': 'a' }, 'payments'],
  [{ 'server.address': 'api.example' }, 'api.example'],
  [{ 'db.system.name': 'redis' }, 'redis'],
  [{ 'db.namespace': 'shop', 'db.system.name': 'mysql', 'server.address': 'db' }, 'shop@db'],
  [{ 'messaging.destination.name': 'emails' }, 'emails'],
  [{}, 'GET _orders_ _42_'],
])('names who was called by %j', async (attributes, name) => {
  const [document] = await documentsSent([
    spanWith({ kind: 2, parentIsRemote: false, name: 'GET <orders> {42}', attributes, events: [] }),
  ]);
  expect(document).toMatchObject({ name, type: 'subsegment', namespace: 'remote' });
});

it('marks calls of services of AWS, and what is known of them', async () => {
  const attributes = {
    'rpc.system': 'aws-api',
    'rpc.service': 'DynamoDB',
    'rpc.method': 'GetItem',
    'aws.request_id': 'R1',
    'cloud.region': 'eu-west-1',
  };
  const [document] = await documentsSent([spanWith({ kind: 2, parentIsRemote: false, attributes, events: [] })]);
  expect(document).toMatchObject({
    name: 'DynamoDB',
    namespace: 'aws',
    aws: { operation: 'GetItem', request_id: 'R1', region: 'eu-west-1' },
  });
});

it('makes a segment and a subsegment of a call without a parent, the same each time', async () => {
  const attributes = { 'http.request.method': 'GET', 'url.full': 'https://a.example/x', 'boundary.to': 'a' };
  const call = spanWith({ kind: 2, parentSpanId: undefined, parentIsRemote: false, attributes, events: [] } as never);
  const [segment, subsegment] = await documentsSent([call]);
  expect(segment).toMatchObject({ name: 'checkout', id: call.spanId });
  expect(segment).not.toHaveProperty('http');
  expect(subsegment).toMatchObject({
    name: 'a',
    parent_id: call.spanId,
    type: 'subsegment',
    namespace: 'remote',
    http: { request: { method: 'GET', url: 'https://a.example/x' } },
    metadata: { span: { id: call.spanId } },
  });
  expect(subsegment?.id).not.toBe(call.spanId);
  expect((await documentsSent([call]))[1]?.id).toBe(subsegment?.id);
});

it('makes a segment of what has a parent in another process, and of what has none', async () => {
  const [remote, root] = await documentsSent([
    spanWith({ kind: 0, spanId: 'a'.repeat(16), parentIsRemote: true, events: [] }),
    spanWith({ kind: 0, spanId: 'b'.repeat(16), parentSpanId: undefined, parentIsRemote: false, events: [] } as never),
  ]);
  expect(remote).toMatchObject({ name: 'checkout', parent_id: '53995c3f42cd8ad8' });
  expect(remote).not.toHaveProperty('type');
  expect(root).not.toHaveProperty('parent_id');
});

it.each([
  [200, 'unset', {}],
  [302, 'ok', {}],
  [404, 'unset', { error: true }],
  [429, 'error', { error: true, throttle: true }],
  [499, 'error', { error: true }],
  [500, 'error', { fault: true }],
  [undefined, 'error', { fault: true }],
  [200, 'error', { fault: true }],
  [undefined, 'unset', {}],
] as const)('says whose fault status %s with %s is', async (code, status, expected) => {
  const attributes = {
    'http.request.method': 'GET',
    ...(code !== undefined && { 'http.response.status_code': code }),
  };
  const [document = {}] = await documentsSent([spanWith({ attributes, status, events: [] })]);
  const { error, throttle, fault } = document as Record<string, unknown>;
  expect(JSON.parse(JSON.stringify({ error, throttle, fault }))).toEqual(expected);
});

it('gives the status message as cause where there is no exception', async () => {
  const [document] = await documentsSent([
    spanWith({ events: [], attributes: { 'error.type': 'ETIMEDOUT' }, kind: 2, parentIsRemote: false }),
  ]);
  expect(document?.cause).toMatchObject({
    exceptions: [{ type: 'ETIMEDOUT', message: 'no "such" order', remote: true }],
  });
});

it('links traces, in X-Ray’s ids', async () => {
  const consumer = sampleSpans().find(({ name }) => name === 'process emails') as FinishedSpan;
  const [document] = await documentsSent([consumer]);
  expect(document).toMatchObject({
    name: 'checkout',
    links: [{ trace_id: '1-4bf92f35-77b34da6a3ce929d0e0e4736', id: 'b7ad6b7169203331', attributes: { why: 'cause' } }],
    metadata: {
      span: { dropped: { attributes: 1, events: 2, links: 3 } },
      attributes: { recipients: ['ada', 'grace'], sizes: [1, 2.5], flags: [true, false] },
    },
  });
});

it.each([
  [
    { 'cloud.platform': 'aws_ec2', 'host.id': 'i-1', 'cloud.availability_zone': 'eu-west-1a' },
    'AWS::EC2::Instance',
    { ec2: { instance_id: 'i-1', availability_zone: 'eu-west-1a' } },
  ],
  [
    { 'cloud.platform': 'aws_ecs', 'container.name': 'web', 'aws.ecs.launchtype': 'fargate' },
    'AWS::ECS::Fargate',
    { ecs: { container: 'web' } },
  ],
  [{ 'cloud.platform': 'aws_ecs', 'aws.ecs.launchtype': 'ec2' }, 'AWS::ECS::EC2', undefined],
  [
    { 'cloud.platform': 'aws_eks', 'k8s.cluster.name': 'c', 'cloud.account.id': '123' },
    'AWS::EKS::Container',
    { account_id: '123', eks: { cluster_name: 'c' } },
  ],
  [{ 'cloud.platform': 'gcp_cloud_run', 'host.id': 'x' }, undefined, undefined],
])('says where a service with %j runs', async (resource, origin, aws) => {
  const attributes = { 'service.name': 'shop', ...resource } as unknown as Record<string, string>;
  const [document] = await documentsSent([spanWith({ resource: { attributes } })]);
  expect(document?.origin).toBe(origin);
  expect(document?.aws).toEqual(aws);
});

it('ends no earlier than it began, whatever the clock did', async () => {
  const [document] = await documentsSent([spanWith({ startTime: 10, endTime: 9 })]);
  expect(document).toMatchObject({ start_time: 10, end_time: 10 });
});
