import dns from 'node:dns';
import http from 'node:http';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { createTelemetry, type ExportError, type TelemetryError } from '@telltale/core';
import { contextOf, ManualClock, sampleSnapshot } from '@telltale/testing';
import {
  AWS_TEST_CREDENTIALS,
  AWS_TEST_REGION,
  awsTestOptions,
  openCloudWatchBackend,
} from '@telltale-internal/backends';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { sendingTo } from './cloudwatch.test-support.ts';
import { type CloudWatchOptions, cloudwatch, emf } from './index.ts';

const snapshot = sampleSnapshot({ temporality: 'delta' });

beforeEach(() => {
  // No machine's own settings, and no questions to a cloud that is not there.
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
});
afterEach(() => vi.unstubAllEnvs());

async function failureOf(options: Partial<CloudWatchOptions>, context = contextOf()): Promise<ExportError> {
  const exporter = cloudwatch({ namespace: 'Checkout', ...options });
  onTestFinished(() => exporter.shutdown?.());
  return (await exporter.exportMetrics?.(snapshot, context).then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  )) as unknown as ExportError;
}

/** A server that answers each request with this. */
async function answering(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test.each<[Partial<CloudWatchOptions>, string]>([
  [{ namespace: undefined as never }, '"cloudwatch.namespace" is undefined; give 1 to 255 letters'],
  [{ namespace: '' }, '"cloudwatch.namespace" is ""; give 1 to 255 letters'],
  [{ namespace: 'Größe' }, '"cloudwatch.namespace" is "Größe"; give'],
  [{ namespace: 'AWS/Mine' }, '"cloudwatch.namespace" is "AWS/Mine"; AWS/ is kept for AWS'],
  [{ namespace: ':a' }, 'must not begin with a colon'],
  [{ region: 'Frankfurt' }, `"cloudwatch.region" is "Frankfurt"; give the name of a region, such as 'eu-west-1'.`],
  [{ endpoint: 'localhost:4566' }, '"cloudwatch.endpoint" is "localhost:4566"; give a URL'],
  [{ credentials: {} as never }, '"cloudwatch.credentials" must have accessKeyId and secretAccessKey'],
  [{ client: {} as never }, '"cloudwatch.client" has no send()'],
  [{ client: { send: async () => {} }, region: 'eu-west-1' }, '"cloudwatch.region" has no effect beside "client"'],
  [{ naming: 'camel' as never }, `"cloudwatch.naming" is "camel"; give 'dots' or 'pascal'.`],
  [{ highResolution: 1 as never }, '"cloudwatch.highResolution" is 1; give true or false.'],
  [{ dimensions: { ':a': 'x' } }, '"cloudwatch.dimensions" has the name ":a"'],
  [{ dimensions: { Stage: ' ' } }, '"cloudwatch.dimensions" has " " for Stage'],
  [{ dimensions: { Stage: 'größe' } }, '"cloudwatch.dimensions" has "größe" for Stage'],
  [{ dimensions: [] as never }, '"cloudwatch.dimensions" is []; give an object'],
  [{ resourceDimensions: 'a' as never }, '"cloudwatch.resourceDimensions" is "a"; give an array'],
  [{ resourceDimensions: Array.from({ length: 31 }, (_, i) => `k${i}`) }, 'are 31; a metric has 30 at most'],
  [{ regoin: 'eu-west-1' } as never, 'Unknown option "cloudwatch.regoin"; did you mean "region"?'],
])('refuses %j', (options, message) => {
  expect(() => cloudwatch({ namespace: 'Checkout', ...options })).toThrow(
    expect.objectContaining({
      name: 'TelemetryError',
      code: 'ERR_OPTION',
      message: expect.stringContaining(message),
    }) as unknown as TelemetryError,
  );
});

test.each(['eu-west-1', 'us-gov-east-1', 'us-iso-east-1', 'cn-northwest-1', 'ap-southeast-5', 'eusc-de-east-1'])(
  'knows that %s is a region',
  (region) => {
    expect(cloudwatch({ namespace: 'Checkout', region }).name).toBe('cloudwatch');
  },
);

test('it says whose prices apply, and that what may have arrived is given up', () => {
  const wanted = { temporality: 'delta', whenUnknown: 'give-up' };
  expect(cloudwatch({ namespace: 'Checkout' })).toMatchObject({ ...wanted, backend: 'cloudwatch' });
  expect(emf({ namespace: 'Checkout' })).toMatchObject({ ...wanted, backend: 'emf' });
});

test('the bytes that are told for the rate limit and the cost are those on the wire', async () => {
  const { backend, send } = await sendingTo();
  const context = await send(snapshot);
  expect(context.requests).toEqual(backend.calls.map(({ wireBytes }) => wireBytes));
  // Compressed by the SDK, as it is above 10 KB.
  expect(backend.calls[0]?.wireBytes).toBeLessThan((backend.calls[0]?.bytes ?? 0) / 2);
});

test('one client and its connections serve all exports, until the end', async () => {
  const backend = await openCloudWatchBackend();
  onTestFinished(() => backend.close());
  const credentials = vi.fn(async () => AWS_TEST_CREDENTIALS);
  const exporter = cloudwatch({ namespace: 'Checkout', ...awsTestOptions(backend), credentials });
  for (let i = 0; i < 5; i++) await exporter.exportMetrics?.(snapshot, contextOf());
  expect(backend.calls).toHaveLength(5);
  expect(credentials).toHaveBeenCalledTimes(1);
  await exporter.shutdown?.();
});

test('without credentials the message says where they may come from, and the data is kept', async () => {
  const error = await failureOf({ region: AWS_TEST_REGION, endpoint: await answering(200, '{}') });
  expect(error).toMatchObject({ retryable: true, outcomeUnknown: false, divisible: false });
  expect(error.message).toMatch(
    /^CloudWatch in eu-west-1 could not be asked: Could not load credentials from any providers; give this service a role/,
  );
});

test('without a region start() says how to give one', async () => {
  const exporter = cloudwatch({ namespace: 'Checkout' });
  await expect(exporter.start?.(undefined as never)).rejects.toThrow(
    /Region is missing; pass `region` or set AWS_REGION/,
  );
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  await exporter.start?.(undefined as never);
  await exporter.shutdown?.();
});

test('wrong credentials are named as such', async () => {
  const backend = await openCloudWatchBackend();
  onTestFinished(() => backend.close());
  const unknown = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };
  expect((await failureOf({ ...awsTestOptions(backend), credentials: unknown })).message).toBe(
    'CloudWatch in eu-west-1 answered 403 UnrecognizedClient (The security token included in the request is invalid.); check that the credentials are valid, not expired and of this partition, and allow cloudwatch:PutMetricData',
  );
  const wrongSecret = { ...AWS_TEST_CREDENTIALS, secretAccessKey: 'x' };
  const error = await failureOf({ ...awsTestOptions(backend), credentials: wrongSecret });
  expect(error.message).toMatch(/403 InvalidSignature.*does not match.*check that the credentials are valid/);
  expect(error).toMatchObject({ retryable: true, divisible: false });
});

test('a missing permission is named', async () => {
  const body =
    '{"__type":"AccessDeniedException","message":"User: arn:x is not authorized to perform: cloudwatch:PutMetricData"}';
  const error = await failureOf({ ...awsTestOptions({ url: await answering(400, body) }) });
  expect(error.message).toMatch(/; allow cloudwatch:PutMetricData to the user or role whose credentials are used$/);
  expect(error).toMatchObject({ retryable: true, divisible: false });
});

test('a clock that is wrong is named', async () => {
  const body = '{"__type":"RequestExpired","message":"Request has expired"}';
  const error = await failureOf({ ...awsTestOptions({ url: await answering(400, body) }) });
  expect(error.message).toMatch(/check the clock of this machine/);
  expect(error.retryable).toBe(true);
});

test.each([
  [400, '{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}', {}],
  [400, '{"message":"Rate exceeded"}', { 'x-amzn-errortype': 'Throttling' }],
  [429, '{"__type":"TooManyRequestsException"}', {}],
  [503, '{"__type":"ServiceUnavailable"}', {}],
])('throttling with status %d (%s) keeps the data and passes on the pause', async (status, body, headers) => {
  const url = await answering(status, body, { ...headers, 'retry-after': '9' });
  expect(await failureOf(awsTestOptions({ url }))).toMatchObject({ retryable: true, divisible: false, retryAfter: 9 });
});

test('an unknown region is a name that is not found, and the message has it', async () => {
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    _: object,
    done: (error: Error) => void,
  ) => {
    done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
  }) as never);
  const context = contextOf();
  const error = await failureOf({ region: 'eu-west-9', credentials: AWS_TEST_CREDENTIALS }, context);
  lookup.mockRestore();
  expect(error).toMatchObject({ retryable: true, outcomeUnknown: false });
  expect(error.message).toBe(
    'https://monitoring.eu-west-9.amazonaws.com/ could not be reached (getaddrinfo ENOTFOUND monitoring.eu-west-9.amazonaws.com); check the region "eu-west-9": AWS may have none of that name, or not this service in it',
  );
  expect(context.unsure.size).toBe(0);
});

test('an answer that cannot be read is of unknown outcome: it may have been taken', async () => {
  const context = contextOf();
  await failureOf(awsTestOptions({ url: await answering(200, '<html>proxy</html>') }), context);
  expect(context.unsure.size).toBeGreaterThan(0);
  expect(context.named.size).toBe(0);
});

test('an error page of a proxy is an error by its status', async () => {
  const error = await failureOf(awsTestOptions({ url: await answering(502, '<html>Bad gateway</html>') }));
  expect(error).toMatchObject({ retryable: true, divisible: false });
  expect(error.message).toMatch(/^CloudWatch in eu-west-1 answered 502/);
});

test('a request without an answer is given up, as CloudWatch would count a second copy', async () => {
  const { backend, exporter } = await sendingTo();
  backend.server.disconnect(true);
  const told: string[] = [];
  const onError = ({ message }: Error): void => void told.push(message);
  const clock = new ManualClock();
  const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [exporter], clock, onError });
  telemetry.counter('orders').add(2);
  await telemetry.flush();
  expect(told).toEqual([expect.stringContaining('gave no answer (socket hang up)). It is not tried again.')]);
  telemetry.counter('orders').add(3);
  await telemetry.flush();
  expect(backend.totals().get('orders')).toBe(5);
  expect(telemetry.health().exporters[0]).toMatchObject({ rejected: 0, dropped: 0 });
  expect(telemetry.health().exporters[0]?.unknown).toBeGreaterThan(0);
  await telemetry.shutdown();
});

test('one datum that CloudWatch refuses does not take the others along', async () => {
  const { backend, exporter } = await sendingTo();
  backend.server.poison('"kitchen"');
  const context = contextOf();
  await exporter.exportMetrics?.(snapshot, context);
  expect(context.refused.size).toBe(1);
  expect([...context.refused]).toEqual([expect.objectContaining({ attributes: { room: 'kitchen' } })]);
});

test('credentials that are slow to come do not hold up the end of a call', async () => {
  const controller = new AbortController();
  const asked = Promise.withResolvers<void>();
  const exporter = cloudwatch({
    namespace: 'Checkout',
    region: AWS_TEST_REGION,
    credentials: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const sending = exporter.exportMetrics?.(snapshot, contextOf(controller.signal));
  await asked.promise;
  controller.abort(new Error('time is over'));
  await expect(sending).rejects.toThrow('time is over');
});

test('a client of the user is used, told of, and left alone at the end', async () => {
  const backend = await openCloudWatchBackend();
  onTestFinished(() => backend.close());
  const client = new CloudWatchClient({ ...awsTestOptions(backend), maxAttempts: 1 });
  const destroy = vi.spyOn(client, 'destroy');
  const exporter = cloudwatch({ namespace: 'Checkout', client });
  await exporter.start?.(undefined as never);
  const context = contextOf();
  await exporter.exportMetrics?.(snapshot, context);
  expect(context.requests).toEqual(backend.calls.map(({ wireBytes }) => wireBytes));
  backend.server.disconnect();
  const unsure = contextOf();
  await expect(exporter.exportMetrics?.(snapshot, unsure)).rejects.toThrow(/CloudWatch in eu-west-1 gave no answer/);
  expect(unsure.unsure.size).toBeGreaterThan(0);
  await backend.server.down();
  const sure = contextOf();
  await expect(exporter.exportMetrics?.(snapshot, sure)).rejects.toThrow(/could not be asked: .*ECONNREFUSED/);
  expect(sure.unsure.size).toBe(0);
  await exporter.shutdown?.();
  expect(destroy).not.toHaveBeenCalled();
  client.destroy();
});

test('a client that tries again by itself is warned of', async () => {
  const client = new CloudWatchClient({ region: AWS_TEST_REGION });
  const exporter = cloudwatch({ namespace: 'Checkout', client });
  await expect(exporter.start?.(undefined as never)).rejects.toThrow(
    '"client" of cloudwatch() tries each request up to 3 times by itself, so that what it sends may be counted more than once; make it with `maxAttempts: 1`.',
  );
});

test('start-up goes on with wrong credentials, health says it, and all arrives once they are right', async () => {
  const backend = await openCloudWatchBackend();
  onTestFinished(() => backend.close());
  let known = false;
  const credentials = async () => ({
    ...AWS_TEST_CREDENTIALS,
    ...(!known && { accessKeyId: 'AKIAUNKNOWN' }),
    expiration: new Date(0),
  });
  const onError = vi.fn();
  const clock = new ManualClock();
  const exporter = cloudwatch({
    namespace: 'Checkout',
    ...awsTestOptions(backend),
    credentials,
    circuitBreaker: false,
  });
  const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [exporter], clock, onError });
  telemetry.counter('orders').add(2);
  await telemetry.flush();
  expect(onError).toHaveBeenCalledTimes(1);
  expect(onError.mock.calls[0]?.[0].message).toMatch(/UnrecognizedClient.*check that the credentials are valid/);
  expect(JSON.stringify(telemetry.health().exporters[0])).toMatch(/UnrecognizedClient/);
  known = true;
  telemetry.counter('orders').add(3);
  await telemetry.flush();
  expect(backend.totals().get('orders')).toBe(5);
  await telemetry.shutdown();
});
