import { contextOf, sampleSpans } from '@telltale/testing';
import {
  AWS_TEST_CREDENTIALS,
  awsTestOptions,
  exportFailure,
  openXrayBackend,
  type XrayBackend,
} from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { xray } from './index.ts';
import { spanWith } from './xray.test-support.ts';

let backend: XrayBackend;

beforeEach(async () => {
  backend = await openXrayBackend();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await backend.close();
});

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => spanWith({ spanId: (i + 1).toString(16).padStart(16, '0'), events: [] }));

it('sends 50 documents a request', async () => {
  await xray(awsTestOptions(backend)).exportSpans?.(many(120), contextOf());
  expect(backend.batches()).toEqual([50, 50, 20]);
});

it('tells the refused from those to be sent again, one by one', async () => {
  const spans = many(5);
  backend.leaveUnprocessed({ 1: 'InvalidSegment', 2: 'ThrottledException', 4: 'InternalFailure' });
  const context = contextOf();
  const error = await exportFailure(xray(awsTestOptions(backend)).exportSpans?.(spans, context));
  expect(error.retryable).toBe(true);
  expect(error.message).toContain('X-Ray did not process 3 (InvalidSegment: InvalidSegment on purpose)');
  expect(context.named).toEqual(new Set([spans[0], spans[3]]));
  expect(context.refused).toEqual(new Set([spans[1]]));
});

it('sends again what may be there, as a second copy replaces the first', async () => {
  const exporter = xray(awsTestOptions(backend));
  const context = contextOf();
  backend.server.disconnect(true);
  await exportFailure(exporter.exportSpans?.(sampleSpans(), context));
  expect([...context.thens]).toEqual(['again']);
  await exporter.exportSpans?.(sampleSpans(), contextOf());
  expect(backend.spanCount()).toBe(sampleSpans().length);
});

it('says which action to allow when X-Ray refuses the credentials', async () => {
  backend.server.answer(403);
  const error = await exportFailure(xray(awsTestOptions(backend)).exportSpans?.(sampleSpans(), contextOf()));
  expect(error.message).toContain('allow xray:PutTraceSegments');
  expect(error.retryable).toBe(true);
});

it('names the library that is missing, and tries again later', async () => {
  vi.doMock('@aws-sdk/client-xray', () => {
    throw Object.assign(new Error("Cannot find package '@aws-sdk/client-xray'"), { code: 'ERR_MODULE_NOT_FOUND' });
  });
  const exporter = xray(awsTestOptions(backend));
  await expect(exporter.start?.(undefined as never)).rejects.toThrow('@aws-sdk/client-xray');
  vi.doUnmock('@aws-sdk/client-xray');
  await exporter.exportSpans?.(sampleSpans(), contextOf());
  expect(backend.spanCount()).toBe(sampleSpans().length);
});

it.each([
  [{ regoin: 'eu-west-1' }, 'region'],
  [{ region: 'Ireland' }, "give the name of a region, such as 'eu-west-1'"],
  [{ through: 'udp' }, "give 'segments' or 'otlp'"],
  [{ annotations: 'http.route' }, 'array of names'],
  [{ annotations: Array.from({ length: 51 }, (_, i) => `a${i}`) }, 'has 51 names; X-Ray takes 50'],
  [{ origin: 'ECS' }, "give it as 'AWS::ECS::Fargate'"],
  [{ through: 'otlp', region: 'eu-west-1', annotations: ['a'] }, 'all attributes arrive as they are'],
  [{ through: 'otlp', client: { send: async () => ({}) } }, 'is for segments'],
  [{ signals: ['metrics'] }, "'spans'"],
])('does not take the options %j', (options, sentence) => {
  expect(() => xray(options as never)).toThrow(sentence);
});

describe('through OTLP', () => {
  const through = 'otlp' as const;

  it('sends spans as they are, signed', async () => {
    const exporter = xray({ ...awsTestOptions(backend), through });
    await exporter.start?.(undefined as never);
    await exporter.exportSpans?.(sampleSpans(), contextOf());
    expect(backend.server.complaints).toEqual([]);
    expect(backend.spans().map(({ name }) => name)).toEqual(sampleSpans().map(({ name }) => name.toWellFormed()));
    expect(backend.spans()[0]?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('says what to check when the signature is refused, the switch for spans among it', async () => {
    const credentials = { ...AWS_TEST_CREDENTIALS, secretAccessKey: 'another' };
    const exporter = xray({ ...awsTestOptions(backend), credentials, through });
    const error = await exportFailure(exporter.exportSpans?.(sampleSpans(), contextOf()));
    expect(error.message).toContain('Transaction Search');
    expect(error.retryable).toBe(true);
  });

  it('finds region and credentials in the environment', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', AWS_TEST_CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', AWS_TEST_CREDENTIALS.secretAccessKey);
    await xray({ endpoint: `${backend.url}/`, through }).exportSpans?.(sampleSpans(), contextOf());
    expect(backend.spanCount()).toBe(sampleSpans().length);
  });

  it('says that it does not know the region', () => {
    vi.stubEnv('AWS_REGION', '');
    vi.stubEnv('AWS_DEFAULT_REGION', '');
    expect(() => xray({ through })).toThrow('pass `region` or set AWS_REGION');
  });

  it('keeps the data while there are no credentials, and says where they come from', async () => {
    const credentials = async () => {
      throw new Error('no role here');
    };
    const error = await exportFailure(
      xray({ ...awsTestOptions(backend), credentials, through }).exportSpans?.(sampleSpans(), contextOf()),
    );
    expect(error.message).toContain('no role here; give this service a role');
    expect(error.retryable).toBe(true);
    expect(backend.server.requests()).toBe(0);
  });

  it.each(['@smithy/signature-v4', '@aws-crypto/sha256-js', '@aws-sdk/credential-provider-node'])(
    'names %s when it is missing',
    async (library) => {
      vi.doMock(library, () => {
        throw Object.assign(new Error(`Cannot find package '${library}'`), { code: 'ERR_MODULE_NOT_FOUND' });
      });
      try {
        const { credentials: _, ...rest } = awsTestOptions(backend);
        await expect(xray({ ...rest, through }).start?.(undefined as never)).rejects.toThrow(library);
      } finally {
        vi.doUnmock(library);
      }
    },
  );

  it('sends 10,000 spans a request', async () => {
    const [first] = sampleSpans();
    const spans = Array.from({ length: 10_001 }, (_, i) => ({
      ...(first as object as ReturnType<typeof spanWith>),
      spanId: (i + 1).toString(16).padStart(16, '0'),
      attributes: {},
      events: [],
    }));
    const context = contextOf();
    await xray({ ...awsTestOptions(backend), through }).exportSpans?.(spans, context);
    expect(context.requests).toHaveLength(2);
    expect(backend.spanCount()).toBe(10_001);
  });
});
