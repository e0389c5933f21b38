import { createTelemetry, type OperationEvent, type TelemetryError } from '@telltale/core';
import { contextOf, ManualClock, SAMPLE_START, sampleResource } from '@telltale/testing';
import { AWS_TEST_CREDENTIALS, awsTestOptions, openCloudWatchLogsBackend } from '@telltale-internal/backends';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type CloudWatchLogsOptions, cloudwatchLogs } from './index.ts';
import { event, loggingTo } from './logs.test-support.ts';

const DAY = 86_400;

test.each<[Partial<CloudWatchLogsOptions>, string]>([
  [{ logGroup: undefined as never }, '"cloudwatchLogs.logGroup" is undefined; give 1 to 512 letters'],
  [{ logGroup: 'with space' }, '"cloudwatchLogs.logGroup" is "with space"; give'],
  [{ logStream: 'a:b' }, '"cloudwatchLogs.logStream" is "a:b"; give 1 to 512 characters without : and *.'],
  [{ retentionInDays: 2 as never }, '"cloudwatchLogs.retentionInDays" is 2; give one of 1, 3, 5, 7'],
  [{ resourceAttributes: 'a' as never }, '"cloudwatchLogs.resourceAttributes" is "a"; give an array'],
  [{ region: 'Ireland' }, '"cloudwatchLogs.region" is "Ireland"; give the name of a region'],
  [{ logGroupName: 'x' } as never, 'Unknown option "cloudwatchLogs.logGroupName"'],
  [{ signals: ['spans'] }, `"cloudwatchLogs.signals" has "spans"; give an array of 'events'.`],
])('refuses %j', (options, message) => {
  expect(() => cloudwatchLogs({ logGroup: '/shop/events', ...options })).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTION',
      message: expect.stringContaining(message),
    }) as unknown as TelemetryError,
  );
});

test('the log group and the stream are made when they are missing, with how long it keeps', async () => {
  const { send, backend, lines } = await loggingTo({ retentionInDays: 30 });
  await send([event()]);
  expect(backend.operations).toEqual([
    'PutLogEvents: ResourceNotFoundException',
    'CreateLogStream: ResourceNotFoundException',
    'CreateLogGroup',
    'PutRetentionPolicy',
    'CreateLogStream',
    'PutLogEvents',
  ]);
  expect(backend.groups.get('/shop/events')?.retentionInDays).toBe(30);
  await send([event()]);
  expect(backend.operations).toHaveLength(7);
  expect(lines()).toHaveLength(2);
});

test('a group that is there is left as it is', async () => {
  const { send, backend } = await loggingTo({ retentionInDays: 30 });
  backend.groups.set('/shop/events', { streams: new Map(), retentionInDays: 7 });
  await send([event()]);
  expect(backend.operations.slice(1)).toEqual(['CreateLogStream', 'PutLogEvents']);
  expect(backend.groups.get('/shop/events')?.retentionInDays).toBe(7);
});

test('a group that is deleted meanwhile is made again, and nothing is lost', async () => {
  const { send, backend, lines } = await loggingTo();
  await send([event()]);
  backend.groups.clear();
  const context = await send([event({ name: 'after' })]);
  expect(context.named.size).toBe(1);
  expect(lines()).toEqual([expect.objectContaining({ name: 'after' })]);
});

test('many processes may start at once', async () => {
  const backend = await openCloudWatchLogsBackend();
  onTestFinished(() => backend.close());
  const exporters = Array.from({ length: 5 }, (_, i) =>
    cloudwatchLogs({
      logGroup: '/shop/events',
      logStream: `s${i % 2}`,
      retentionInDays: 1,
      ...awsTestOptions(backend),
    }),
  );
  await Promise.all(exporters.map((exporter) => exporter.exportEvents?.([event()], contextOf())));
  expect(backend.eventCount()).toBe(5);
  expect(backend.server.complaints).toEqual([]);
  for (const exporter of exporters) await exporter.shutdown?.();
});

test('where the group may not be made, the message says what to allow, and the events are kept', async () => {
  const { exporter, backend } = await loggingTo();
  backend.groups.set('/shop/events', { streams: new Map() });
  // PutLogEvents finds no stream; making one is not allowed.
  let requests = 0;
  backend.server.chance = () => (++requests === 2 ? { kind: 'status', status: 403 } : undefined);
  const context = contextOf();
  await expect(exporter.exportEvents?.([event()], context)).rejects.toMatchObject({
    retryable: true,
    divisible: false,
    message: expect.stringMatching(
      /403 AccessDeniedException.*; allow logs:CreateLogStream \(or create the stream one of \/shop\/events\)/,
    ),
  });
  expect(context.refused.size).toBe(0);
});

test('what CloudWatch Logs has against the group is not blamed on the events', async () => {
  const { exporter, backend } = await loggingTo();
  let requests = 0;
  backend.server.chance = () => (++requests === 3 ? { kind: 'status', status: 400 } : undefined);
  const context = contextOf();
  await expect(exporter.exportEvents?.([event()], context)).rejects.toMatchObject({
    retryable: true,
    divisible: false,
  });
  expect(context.refused.size).toBe(0);
});

test('the stream is called after the service and its instance', async () => {
  const { exporter, backend } = await loggingTo({ logStream: undefined as never });
  const attributes = { 'service.name': 'shop:eu*', 'service.instance.id': 'pod-7' };
  await exporter.exportEvents?.([event()], { ...contextOf(), resource: { attributes } });
  await exporter.exportEvents?.([event()], contextOf());
  const [named, byHost] = [...(backend.groups.get('/shop/events')?.streams.keys() ?? [])];
  expect(named).toBe('shop_eu_/pod-7');
  expect(byHost).toMatch(new RegExp(`^checkout/.+-${process.pid}$`));
});

test('events are sent in the order of their time', async () => {
  const { send, lines } = await loggingTo();
  await send([3, 1, 2].map((n) => event({ name: `n${n}`, time: SAMPLE_START + n })));
  expect(lines().map(({ name }) => name)).toEqual(['n1', 'n2', 'n3']);
});

test('no request spans more than 24 hours', async () => {
  const { send, backend, lines } = await loggingTo();
  const days = [0, 1, 1.5, 2.2, 9];
  const context = await send(days.map((n) => event({ name: `d${n}`, time: SAMPLE_START + n * DAY })));
  expect(context.named.size).toBe(5);
  expect(lines()).toHaveLength(5);
  expect(backend.operations.filter((operation) => operation === 'PutLogEvents')).toHaveLength(3);
  expect(backend.server.complaints).toEqual([]);
});

test('requests are as full as 1,048,576 bytes allow, of which each event takes 26', async () => {
  const { send, backend } = await loggingTo({ resourceAttributes: [] });
  const message = 'x'.repeat(10_000);
  const events = Array.from({ length: 250 }, () => event({ error: { type: 'Error', message } }));
  await send(events);
  const taken = backend.groups.get('/shop/events')?.streams.get('one') ?? [];
  const each = Buffer.byteLength(taken[0]?.message ?? '') + 26;
  const perRequest = Math.floor(1_048_576 / each);
  const put = backend.operations.filter((operation) => operation === 'PutLogEvents');
  expect(put).toHaveLength(Math.ceil(250 / perRequest));
  expect(taken).toHaveLength(250);
});

test('any events are sent within the limits', async () => {
  const arbitrary = fc.record({
    time: fc.double({ min: SAMPLE_START, max: SAMPLE_START + 5 * DAY, noNaN: true }),
    size: fc.oneof(fc.nat(200), fc.nat(400_000)),
    unit: fc.constantFrom('x', 'é', '"', '\u{1F389}'),
  });
  for (const given of fc.sample(fc.array(arbitrary, { minLength: 1, maxLength: 40 }), 12)) {
    const { send, backend } = await loggingTo();
    const context = await send(
      given.map(({ time, size, unit }) => event({ time, error: { type: 'Error', message: unit.repeat(size) } })),
    );
    expect(backend.server.complaints).toEqual([]);
    expect(context.named.size).toBe(given.length);
  }
});

test('exactly those that CloudWatch Logs refuses are counted as refused', async () => {
  const { exporter, lines } = await loggingTo({}, { now: () => SAMPLE_START });
  const times = [-15 * DAY, -14 * DAY + 60, -0.5 * DAY, 0, 7100, 7300];
  const events = times.map((offset) => event({ name: `t${offset}`, time: SAMPLE_START + offset }));
  const context = contextOf();
  const result = await exporter.exportEvents?.(events, context);
  expect(context.refused).toEqual(new Set([events[0], events[5]]));
  expect(context.named).toEqual(new Set(events.slice(1, 5)));
  expect(result).toMatchObject({ accepted: 4, rejected: 2, reason: expect.stringMatching(/by their time/) });
  expect(lines().map(({ name }) => name)).toEqual(events.slice(1, 5).map(({ name }) => name));
});

test('a request without an answer is counted as of unknown outcome, and sent again', async () => {
  const backend = await openCloudWatchLogsBackend();
  onTestFinished(() => backend.close());
  backend.groups.set('/shop/events', { streams: new Map([['one', []]]) });
  const exporter = cloudwatchLogs({ logGroup: '/shop/events', logStream: 'one', ...awsTestOptions(backend) });
  const clock = new ManualClock();
  const onError = vi.fn();
  const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [exporter], clock, onError });
  backend.server.disconnect(true);
  await telemetry.job('nightly', async () => {});
  await telemetry.flush();
  expect(telemetry.health().exporters[0]).toMatchObject({ unknown: 1, dropped: 0 });
  await telemetry.flush();
  expect(telemetry.health().exporters[0]).toMatchObject({ accepted: 1, unknown: 1, dropped: 0 });
  // It had been taken the first time, too: the copy can be told by its trace, span and time.
  const messages = [...(backend.groups.get('/shop/events')?.streams.get('one') ?? [])].map(({ message }) => message);
  expect(messages).toHaveLength(2);
  expect(new Set(messages).size).toBe(1);
  await telemetry.shutdown();
});

test('jobs of a telemetry arrive with their trace, outcome and error', async () => {
  const { backend, exporter, lines } = await loggingTo();
  const telemetry = createTelemetry({
    service: { name: 'shop', version: '2' },
    exporters: [exporter],
    clock: new ManualClock(),
    signals: { spans: true },
  });
  await telemetry.job('nightly', { attributes: { 'tenant.id': 'acme' } }, async () => {});
  await telemetry.job('broken', () => Promise.reject(new RangeError('out of range'))).catch(() => {});
  await telemetry.flush();
  expect(lines()).toEqual([
    expect.objectContaining({
      kind: 'job',
      name: 'nightly',
      outcome: 'completed',
      'tenant.id': 'acme',
      'service.version': '2',
    }),
    expect.objectContaining({
      name: 'broken',
      outcome: 'failed',
      'error.type': 'RangeError',
      'error.message': 'out of range',
    }),
  ]);
  expect(lines()[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
  await telemetry.shutdown();
  expect(backend.server.complaints).toEqual([]);
});

test('wrong credentials are named, with the action to allow', async () => {
  const { exporter } = await loggingTo({ credentials: { ...AWS_TEST_CREDENTIALS, secretAccessKey: 'x' } });
  await expect(exporter.exportEvents?.([event()], contextOf())).rejects.toThrow(
    /^CloudWatch Logs in eu-west-1 answered 403 InvalidSignatureException.*and allow logs:PutLogEvents$/,
  );
});

test('the bytes that are told are those of all requests', async () => {
  const { send, backend } = await loggingTo();
  const context = await send([event()]);
  expect(context.requests).toHaveLength(backend.server.requests());
  expect((await send([event()])).requests).toHaveLength(1);
});

test('what is told for the cost is what AWS charges: the text of the events, and 26 bytes each', async () => {
  const { exporter, backend } = await loggingTo();
  const told: (readonly (number | undefined)[])[] = [];
  const request = async (...given: readonly (number | undefined)[]): Promise<void> => void told.push(given);
  await exporter.exportEvents?.([event(), event()], { ...contextOf(), request });
  const taken = backend.groups.get('/shop/events')?.streams.get('one') ?? [];
  const charged = taken.reduce((bytes, { message }) => bytes + Buffer.byteLength(message) + 26, 0);
  expect(told.at(-1)).toEqual([expect.any(Number), charged]);
});

test('it is handed no spans and no metrics', () => {
  const exporter = cloudwatchLogs({ logGroup: 'x' });
  expect(exporter.exportSpans).toBeUndefined();
  expect(exporter.exportMetrics).toBeUndefined();
  expect(exporter).toMatchObject({ backend: 'cloudwatch-logs', whenUnknown: 'again' });
});

test('a resource of the telemetry is only read', async () => {
  const { send } = await loggingTo();
  const frozen: OperationEvent = Object.freeze(event({ resource: sampleResource }));
  expect((await send(Object.freeze([frozen]))).named.size).toBe(1);
});
