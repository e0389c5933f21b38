import { nastyAttributes, sampleEvents } from '@telltale/testing';
import { demoMinute } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { event, loggingTo } from './logs.test-support.ts';

const service = {
  'service.name': 'checkout',
  'service.version': '1.4.0',
  'deployment.environment.name': 'production',
};

test('an event is flat JSON whose members are the fields of Logs Insights', async () => {
  const { send, lines, backend } = await loggingTo();
  const [request, job] = sampleEvents();
  await send([request, job] as never);
  expect(lines()).toEqual([
    {
      time: '2023-11-14T22:13:22.000Z',
      moment: 'end',
      kind: 'request',
      name: 'GET /orders/:id',
      outcome: 'completed',
      duration: 2,
      startTime: '2023-11-14T22:13:20.000Z',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      ...service,
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/orders/:id',
    },
    {
      time: '2023-11-14T22:13:22.000Z',
      moment: 'end',
      kind: 'job',
      name: 'nightly-etl',
      outcome: 'failed',
      duration: 2,
      startTime: '2023-11-14T22:13:20.000Z',
      'error.type': 'TypeError',
      'error.message': 'x is "undefined"\nsecond line',
      ...service,
      'job.name': 'nightly-etl',
      'job.outcome': 'failed',
    },
  ]);
  expect([...(backend.groups.get('/shop/events')?.streams.get('one') ?? [])].map(({ timestamp }) => timestamp)).toEqual(
    [1_700_000_002_000, 1_700_000_002_000],
  );
});

test('an attribute that is called as one of our fields stands beside it, unless it says the same', async () => {
  const { send, lines } = await loggingTo({ resourceAttributes: ['host.name'] });
  const attributes = {
    name: 'theirs',
    'attributes.name': 'also theirs',
    'error.type': 'timeout',
    'host.name': 'other',
    kind: 'job',
  };
  await send([event({ attributes, error: { type: 'timeout', message: '' } })]);
  expect(lines()[0]).toEqual({
    time: expect.any(String),
    moment: 'end',
    kind: 'job',
    name: 'send',
    outcome: 'completed',
    duration: 2,
    startTime: expect.any(String),
    'error.type': 'timeout',
    'error.message': '',
    'host.name': 'host-1',
    'attributes.name': 'theirs',
    'attributes.attributes.name': 'also theirs',
    'attributes.host.name': 'other',
  });
});

test('progress has its numbers', async () => {
  const { send, lines } = await loggingTo({ resourceAttributes: [] });
  await send([event({ type: 'stuck', value: 0.4, done: 40, total: 100 })]);
  expect(lines()[0]).toMatchObject({ moment: 'stuck', value: 0.4, done: 40, total: 100 });
});

test('an event of another service has its name', async () => {
  const { send, lines } = await loggingTo();
  await send([event({ resource: { attributes: { 'service.name': 'auth' } } })]);
  expect(lines()[0]).toMatchObject({ 'service.name': 'auth' });
  expect(lines()[0]).not.toHaveProperty('service.version');
});

test('what is too long for CloudWatch Logs is cut, and says so', async () => {
  const { send, lines, backend } = await loggingTo();
  const fits = 'é'.repeat(520_000);
  const long = `Error: no\n${'é'.repeat(2_000_000)}`;
  const context = await send([
    event({ error: { type: 'Error', message: fits } }),
    event({ error: { type: 'Error', message: long }, traceId: 'abc' }),
  ]);
  expect(context.named.size).toBe(2);
  expect(lines()[0]?.['error.message']).toBe(fits);
  expect(lines()[1]?.['error.message']).toBe(`${long.slice(0, 1024)}… (cut, 2000010 characters)`);
  expect(lines()[1]?.traceId).toBe('abc');
  expect(backend.server.complaints).toEqual([]);
});

test('all that careless code breaks on arrives as it is', async () => {
  const { send, lines } = await loggingTo({ resourceAttributes: [] });
  await send(nastyAttributes().map((attributes) => event({ attributes })));
  for (const [i, attributes] of nastyAttributes().entries()) {
    expect(Object.entries(lines()[i] ?? {})).toEqual(expect.arrayContaining(Object.entries(attributes)));
  }
});

test('any attributes can be read back', async () => {
  const { send, lines } = await loggingTo({ resourceAttributes: [] });
  const sets = fc.sample(
    fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(fc.string(), fc.boolean(), fc.integer()), { maxKeys: 8 }),
    100,
  );
  await send(sets.map((attributes) => event({ attributes })));
  for (const [i, attributes] of sets.entries()) {
    for (const [key, value] of Object.entries(attributes)) {
      const line = new Map(Object.entries(lines()[i] ?? {}));
      expect([line.get(key), line.get(`attributes.${key}`)]).toContainEqual(value);
    }
  }
});

test('the recorded minute of demo traffic', async () => {
  const { send, backend, lines } = await loggingTo();
  const { events } = demoMinute();
  const context = await send(events);
  expect(context.named.size).toBe(events.length);
  expect(backend.server.complaints).toEqual([]);
  expect(lines()).toHaveLength(events.length);
  const taken = backend.groups.get('/shop/events')?.streams.get('one') ?? [];
  const document = taken.map(({ timestamp, message }) => `${timestamp} ${message}\n`).join('');
  await expect(document).toMatchFileSnapshot('__golden__/minute.txt');
});
