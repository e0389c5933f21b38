import { expect, test } from 'vitest';
import { lambdaTelemetry } from '../index.ts';
import { functionUrlEvent, httpApiEvent, loadBalancerEvent, restApiEvent } from './lambda-events.test-support.ts';
import { type AnyHandler, contextOf, observed } from './observed.test-support.ts';

const DURATION = 'http.server.request.duration';
const no = async () => {
  throw new Error('no');
};

/** The attributes of the one request that was served. */
async function served(event: unknown, handler: () => unknown, options = {}) {
  const { telemetry, memory } = observed();
  await Promise.resolve(
    lambdaTelemetry<AnyHandler>(telemetry, handler as AnyHandler, options)(event, contextOf()),
  ).catch(() => {});
  const points = memory.metric(DURATION)?.points ?? [];
  expect(points).toHaveLength(1);
  expect(memory.spans).toHaveLength(1);
  const { 'http.route': route, 'http.response.status_code': status, ...rest } = points[0]?.attributes ?? {};
  return { route, status, error: rest['error.type'], scheme: rest['url.scheme'], memory, span: memory.spans[0] };
}

test.each([
  ['an HTTP API', httpApiEvent('GET /pets/{id}'), '/pets/{id}'],
  ['an HTTP API without a route', httpApiEvent('$default'), '$default'],
  ['a REST API', restApiEvent('GET', '/pets/{id}'), '/pets/{id}'],
  ['a REST API with a proxy resource', restApiEvent('GET', '/{proxy+}'), '/{proxy+}'],
  ['a load balancer, which has no templates', loadBalancerEvent('GET', '/pets/42'), '(no route)'],
  ['a function URL, which has none', functionUrlEvent('/pets/42'), '(no route)'],
])('the route of %s', async (_, event, route) => {
  expect(await served(event, async () => ({ statusCode: 204 }))).toMatchObject({
    route,
    status: 204,
    error: undefined,
  });
});

test('a function that routes by itself says its routes; what it says wrong is none', async () => {
  const event = functionUrlEvent('/pets/42');
  const answer = async () => ({ statusCode: 200 });
  const route = ({ rawPath }: typeof event) => rawPath.replace(/\d+/, ':id');
  expect(await served(event, answer, { route })).toMatchObject({ route: '/pets/:id' });
  expect(await served(event, answer, { route: () => 42 })).toMatchObject({ route: '(no route)' });
  expect(await served(event, answer, { route: no })).toMatchObject({ route: '(no route)' });
  const { telemetry, errors } = observed();
  const throws = () => {
    throw new Error('no route');
  };
  await lambdaTelemetry<AnyHandler>(telemetry, async () => {}, { route: throws })(event, contextOf());
  expect(errors).toMatchObject([{ code: 'ERR_ADAPTER' }]);
});

test.each([
  ['an HTTP API', httpApiEvent('GET /'), 500],
  ['a function URL', functionUrlEvent('/'), 502],
  ['a REST API', restApiEvent('GET', '/'), 502],
  ['a load balancer', loadBalancerEvent('GET', '/'), 502],
])('a failure as the caller of %s sees it', async (_, event, status) => {
  expect(await served(event, no)).toMatchObject({ status, error: 'Error' });
});

test.each([
  [httpApiEvent('GET /'), 'text', 200, undefined],
  [httpApiEvent('GET /'), undefined, 200, undefined],
  [functionUrlEvent('/'), { any: 'thing' }, 200, undefined],
  [httpApiEvent('GET /'), { statusCode: '404' }, 404, undefined],
  [restApiEvent('GET', '/'), { statusCode: 503 }, 503, '503'],
  [restApiEvent('GET', '/'), 'text', 502, 'malformed_response'],
  [restApiEvent('GET', '/'), undefined, 502, 'malformed_response'],
  [restApiEvent('GET', '/'), { statusCode: 7 }, 502, 'malformed_response'],
  [loadBalancerEvent('GET', '/'), {}, 502, 'malformed_response'],
])('the status of an answer (%#)', async (event, answer, status, error) => {
  const { memory, ...found } = await served(event, async () => answer);
  expect(found).toMatchObject({ status, error });
  expect(memory.value('faas.invocations')).toBe(1);
});

test('the span has what a server knows, and nothing of it is on the metrics', async () => {
  const { span, scheme } = await served(restApiEvent('POST', '/pets/{id}', { a: 1 }), async () => ({
    statusCode: 200,
  }));
  expect(scheme).toBe('https');
  expect(span).toMatchObject({
    name: 'POST /pets/{id}',
    kind: 1,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/pets/{id}',
      'url.path': '/pets/42',
      'url.query': 'colour=red&colour=blue',
      'url.scheme': 'https',
      'client.address': '192.0.2.1',
      'user_agent.original': 'test',
      'faas.trigger': 'http',
      'faas.invocation_id': 'request-1',
    },
  });
});

test('sizes of bodies are those on the wire', async () => {
  const { memory } = await served(httpApiEvent('POST /a', 'äö'), async () => ({
    statusCode: 200,
    body: Buffer.from([1, 2, 3]).toString('base64'),
    isBase64Encoded: true,
  }));
  expect(memory.metric('http.server.request.body.size')?.points).toMatchObject([{ sum: 6 }]);
  expect(memory.metric('http.server.response.body.size')?.points).toMatchObject([{ sum: 3 }]);
});

test('a WebSocket message is no request', async () => {
  const { telemetry, memory } = observed();
  const event = { requestContext: { connectionId: 'c', routeKey: '$connect', eventType: 'CONNECT' } };
  await lambdaTelemetry<AnyHandler>(telemetry, async () => ({ statusCode: 200 }))(event, contextOf());
  expect(memory.metric(DURATION)).toBeUndefined();
  expect(memory.value('faas.invocations', { 'faas.trigger': 'other' })).toBe(1);
});
