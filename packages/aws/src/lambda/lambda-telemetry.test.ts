import { trace } from '@opentelemetry/api';
import type { APIGatewayProxyHandlerV2, Callback, Context, Handler, SQSHandler } from 'aws-lambda';
import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { type LambdaContext, lambdaTelemetry } from '../index.ts';
import { httpApiEvent, sqsEvent, sqsRecord } from './lambda-events.test-support.ts';
import { type AnyHandler, ARN, contextOf, observed } from './observed.test-support.ts';

describe('the handler', () => {
  test('keeps this, arguments, result, name, number of parameters and marks', async () => {
    const { telemetry } = observed();
    const seen: unknown[] = [];
    const result = { statusCode: 200 };
    async function original(this: unknown, ...args: unknown[]) {
      seen.push(this, ...args);
      return result;
    }
    const mark = Symbol('mark');
    Object.assign(original, { [mark]: 'kept', config: 1 });
    const wrapped = lambdaTelemetry(telemetry, original);
    const [self, event, context] = [{}, { a: 1 }, contextOf()];
    expect(await wrapped.call(self, event, context)).toBe(result);
    expect(seen[0]).toBe(self);
    expect(seen[1]).toBe(event);
    expect(seen[2]).toBe(context);
    expect(seen).toHaveLength(3);
    expect({ ...wrapped, name: wrapped.name, length: wrapped.length }).toEqual({
      name: 'original',
      length: 0,
      config: 1,
      [mark]: 'kept',
    });
  });

  test('keeps errors, whatever is thrown and however', async () => {
    const { telemetry, memory } = observed();
    const error = Object.assign(new Error('no', { cause: new Error('why') }), { code: 'ENO' });
    await expect(
      lambdaTelemetry<AnyHandler>(telemetry, async () => Promise.reject(error))({}, contextOf()),
    ).rejects.toBe(error);
    const throws = lambdaTelemetry<AnyHandler>(telemetry, () => {
      throw error;
    });
    await expect(throws()).rejects.toBe(error);
    await expect(
      lambdaTelemetry<AnyHandler>(telemetry, async () => Promise.reject('text'))({}, contextOf()),
    ).rejects.toBe('text');
    await expect(
      lambdaTelemetry<AnyHandler>(telemetry, async () => Promise.reject())({}, contextOf()),
    ).rejects.toBeUndefined();
    const evil = {
      get code(): never {
        throw new Error('evil');
      },
    };
    await expect(
      lambdaTelemetry<AnyHandler>(telemetry, async () => Promise.reject(evil))({}, contextOf()),
    ).rejects.toBe(evil);
    expect(memory.value('faas.errors', { 'error.type': 'ENO' })).toBe(2);
    expect(memory.value('faas.errors', { 'error.type': '_OTHER' })).toBe(3);
  });

  test('may call back, once or twice', async () => {
    const { telemetry, memory } = observed();
    const wrapped = lambdaTelemetry(telemetry, (_event: unknown, _context: unknown, callback: Callback) => {
      setImmediate(() => {
        callback(null, 'first');
        callback(new Error('second'));
      });
    });
    expect(wrapped).toHaveLength(3);
    const calls: unknown[][] = [];
    const call = (event: unknown) =>
      new Promise<void>((resolve) => {
        const result: unknown = (wrapped as Handler)(event, contextOf() as Context, (...given) => {
          calls.push(given);
          if (calls.length === 2) resolve();
        });
        expect(result).toBeUndefined();
      });
    await call({});
    expect(calls).toEqual([[null, 'first'], [new Error('second')]]);
    expect(memory.value('faas.invocations')).toBe(1);
    expect(memory.value('faas.errors')).toBeUndefined();
  });

  test('may end by its context, on runtimes that have such', async () => {
    const { telemetry, memory } = observed();
    const ends: unknown[] = [];
    const context = Object.assign(contextOf(), {
      done: (...given: unknown[]) => ends.push(['done', ...given]),
      succeed: (...given: unknown[]) => ends.push(['succeed', ...given]),
      fail: (...given: unknown[]) => ends.push(['fail', ...given]),
    });
    const wrapped = lambdaTelemetry(telemetry, (_event: unknown, { fail }: typeof context) => {
      fail(new RangeError('no'));
    });
    expect(wrapped({}, context)).toBeUndefined();
    await vi.waitFor(() => expect(ends).toEqual([['fail', new RangeError('no')]]));
    expect(memory.value('faas.errors', { 'error.type': 'RangeError' })).toBe(1);
  });

  test('of other makes is refused', () => {
    const { telemetry } = observed();
    expect(() => lambdaTelemetry(telemetry, 'index.handler' as never)).toThrow(
      'lambdaTelemetry was given a handler of type string; give the function that Lambda is to call.',
    );
    const handler = async () => {};
    expect(() => lambdaTelemetry(undefined as never, handler)).toThrow('lambdaTelemetry needs a telemetry first');
    expect(() => lambdaTelemetry(handler as never, telemetry as never)).toThrow('lambdaTelemetry(telemetry, …)');
    const refusals = [
      [{ flush: { timeuot: 1 } }, /"lambdaTelemetry.flush.timeuot".*timeout/],
      [{ flush: { timeout: '1' } }, /"lambdaTelemetry.flush.timeout" is "1"; give seconds/],
      [{ timeoutMargin: -1 }, /"lambdaTelemetry.timeoutMargin" is -1; give seconds before the deadline/],
      [{ route: '/a' }, /"lambdaTelemetry.route" is "\/a"; give a function/],
      [{ reportBatchItemFailures: 1 }, /"lambdaTelemetry.reportBatchItemFailures" is 1; give true or false/],
      [{ maxReceiveCount: 0 }, /"lambdaTelemetry.maxReceiveCount" is 0; give the queue's own/],
    ] as const;
    for (const [options, message] of refusals) {
      expect(() => lambdaTelemetry(telemetry, handler, options as never)).toThrow(message);
    }
  });

  test('fits the types of @types/aws-lambda', () => {
    const { telemetry } = observed();
    const queue: SQSHandler = lambdaTelemetry(telemetry, async (event) => {
      expectTypeOf(event.Records[0]?.messageId).toEqualTypeOf<string | undefined>();
      return { batchItemFailures: [] };
    });
    const http: APIGatewayProxyHandlerV2 = lambdaTelemetry(telemetry, async (event) => ({
      statusCode: event.rawPath.length,
    }));
    expectTypeOf(lambdaTelemetry(telemetry, queue)).toEqualTypeOf<SQSHandler>();
    expect([queue, http]).toHaveLength(2);
  });
});

describe('an invocation', () => {
  test('has a span with what the conventions ask for', async () => {
    const { telemetry, memory } = observed();
    const handler = lambdaTelemetry<AnyHandler>(
      telemetry,
      async () => trace.getSpanContext(telemetry.activeContext())?.spanId,
    );
    const spanId = await handler({}, contextOf());
    expect(memory.spans).toEqual([
      expect.objectContaining({
        name: 'shop',
        kind: 1,
        spanId,
        status: 'unset',
        attributes: {
          'faas.trigger': 'other',
          'faas.name': 'shop',
          'faas.version': '7',
          'faas.coldstart': true,
          'faas.invocation_id': 'request-1',
          'cloud.resource_id': ARN,
          'cloud.account.id': '123456789012',
          'aws.lambda.invoked_arn': `${ARN}:live`,
          'aws.lambda.max_memory_used': expect.any(Number),
        },
      }),
    ]);
  });

  test('is cold once, and says how long its process took to start', async () => {
    const { telemetry, memory } = observed();
    const handler = lambdaTelemetry<AnyHandler>(telemetry, async () => {});
    for (let i = 0; i < 3; i++) await handler({}, contextOf());
    expect(memory.value('faas.coldstarts', { 'faas.trigger': 'other', 'faas.name': 'shop' })).toBe(1);
    expect(memory.value('faas.init_duration')).toBe(1);
    expect(memory.value('faas.invocations')).toBe(3);
    expect(memory.value('faas.mem_usage')).toBe(3);
    expect(memory.value('faas.cpu_usage')).toBe(3);
    expect(memory.spans.map(({ attributes }) => attributes['faas.coldstart'])).toEqual([true, false, false]);
  });

  test.each([
    ['provisioned-concurrency', undefined, 1],
    ['lambda-managed-instances', undefined, 1],
    ['snap-start', 1, undefined],
    ['on-demand', 1, 1],
  ])('of a process that is started by %s', async (type, cold, init) => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', type);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', '512');
    const { telemetry, memory } = observed();
    await lambdaTelemetry<AnyHandler>(telemetry, async () => {})({}, contextOf());
    vi.unstubAllEnvs();
    expect(memory.value('faas.coldstarts')).toBe(cold);
    expect(memory.value('faas.init_duration')).toBe(init);
    expect(memory.spans[0]?.attributes).toMatchObject({
      'faas.coldstart': cold === 1,
      'faas.max_memory': 512 * 1024 * 1024,
    });
  });

  test('takes as long as the handler does', async () => {
    const { telemetry, memory, clock } = observed();
    await lambdaTelemetry<AnyHandler>(telemetry, async () => clock.advance(2))({}, contextOf());
    expect(memory.metric('faas.invoke_duration')?.points).toMatchObject([{ count: 1, sum: 2 }]);
  });

  test('has no CPU time where another one ran meanwhile, and keeps its context to itself', async () => {
    const { telemetry, memory } = observed();
    const gate = Promise.withResolvers<void>();
    const handler = lambdaTelemetry(telemetry, async ({ wait }: { wait: boolean }, { awsRequestId }: LambdaContext) => {
      if (wait) await gate.promise;
      telemetry.job(`of ${awsRequestId}`, () => {});
    });
    const first = handler({ wait: true }, { ...contextOf(), awsRequestId: 'a' });
    await handler({ wait: false }, { ...contextOf(), awsRequestId: 'b' });
    gate.resolve();
    await first;
    expect(memory.value('faas.invocations')).toBe(2);
    expect(memory.value('faas.cpu_usage')).toBeUndefined();
    for (const id of ['a', 'b']) {
      const job = memory.spans.find(({ name }) => name === `of ${id}`);
      const invocation = memory.spans.find(({ attributes }) => attributes['faas.invocation_id'] === id);
      expect(job?.parentSpanId).toBe(invocation?.spanId);
    }
  });

  test.each([
    null,
    undefined,
    0,
    'text',
    [],
    { Records: [] },
    { Records: [null] },
    { Records: 'all' },
    { requestContext: 1 },
    { requestContext: { http: {} } },
    { 'detail-type': 1, source: {} },
  ])('may have any event: %j', async (event) => {
    const { telemetry, memory, errors } = observed();
    expect(await lambdaTelemetry<AnyHandler>(telemetry, async (given: unknown) => given)(event, contextOf())).toBe(
      event,
    );
    expect(memory.value('faas.invocations', { 'faas.trigger': 'other' })).toBe(1);
    expect(errors).toEqual([]);
  });

  test('may come without a context', async () => {
    const { telemetry, memory } = observed();
    const handler = lambdaTelemetry<AnyHandler>(telemetry, async (..._args: unknown[]) => 1);
    expect(await handler()).toBe(1);
    expect(await handler({}, null)).toBe(1);
    expect(await handler({}, { getRemainingTimeInMillis: () => Number.NaN })).toBe(1);
    expect(memory.value('faas.invocations', { 'faas.name': 'function' })).toBe(3);
  });

  test('is counted without spans, too', async () => {
    const { telemetry, memory } = observed({ spans: false });
    const handler = lambdaTelemetry<AnyHandler>(telemetry, async () => telemetry.logFields());
    expect(await handler(sqsEvent(sqsRecord('1'), sqsRecord('2')), contextOf())).toEqual({});
    await handler(httpApiEvent('GET /'), contextOf());
    expect(memory.value('faas.invocations')).toBe(2);
    expect(memory.value('job.started')).toBe(2);
    expect(memory.spans).toEqual([]);
  });
});
