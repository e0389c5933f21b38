import { trace } from '@opentelemetry/api';
import type { SQSHandler, SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { eachRecord, lambdaTelemetry } from '../index.ts';
import { kinesisEvent, s3Event, snsEvent, sqsEvent, sqsRecord } from './lambda-events.test-support.ts';
import { contextOf, observed } from './observed.test-support.ts';

type Sqs = ReturnType<typeof sqsRecord>;

test('each record is a job of its own, with its own context and time', async () => {
  const { telemetry, memory, clock } = observed();
  const contexts: unknown[] = [];
  const work = async ({ messageId }: Sqs) => {
    await clock.advance(1);
    contexts.push([messageId, trace.getSpanContext(telemetry.activeContext())?.spanId]);
  };
  const handler = lambdaTelemetry(telemetry, eachRecord(telemetry, work, { concurrency: 1 }));
  const event = sqsEvent(sqsRecord('1'), sqsRecord('2'), sqsRecord('3'));
  expect(await handler(event, contextOf())).toEqual({ batchItemFailures: [] });
  expect(memory.metric('job.duration')?.points).toMatchObject([
    { count: 3, sum: 3, attributes: { 'job.queue': 'orders', 'job.outcome': 'completed' } },
  ]);
  const jobs = memory.spans.filter(({ name }) => name === 'process orders');
  expect(contexts).toEqual(jobs.map(({ attributes, spanId }) => [attributes['messaging.message.id'], spanId]));
  expect(new Set(jobs.map(({ spanId }) => spanId)).size).toBe(3);
  expect(memory.value('job.started')).toBe(3);
});

test('those that fail are in the answer, with their errors in the telemetry', async () => {
  const { telemetry, memory } = observed();
  const handler = eachRecord(telemetry, (record: Sqs, { functionName }, job) => {
    job.records(functionName, 1);
    if (record.messageId !== '1') throw Object.assign(new Error('no'), { code: `E${record.messageId}` });
  });
  const answer = await lambdaTelemetry(telemetry, handler)(
    sqsEvent(sqsRecord('1'), sqsRecord('2'), sqsRecord('3')),
    contextOf(),
  );
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '3' }] });
  expect(memory.value('job.duration', { 'error.type': 'E2' })).toBe(1);
  expect(memory.value('job.duration', { 'error.type': 'E3' })).toBe(1);
  expect(memory.value('job.duration')).toBe(3);
  expect(memory.value('job.records', { 'job.stage': 'shop' })).toBe(3);
  expect(memory.value('faas.errors')).toBeUndefined();
});

test('each job has the attributes of its record, and none where they cannot be had', async () => {
  const { telemetry, memory } = observed();
  const attributes = ({ messageId }: Sqs) => {
    if (messageId === '3') throw new Error('no tenant');
    return { 'tenant.id': messageId === '1' ? 'acme' : 'globex' };
  };
  const handler = eachRecord(telemetry, (_: Sqs) => {}, { attributes });
  const event = sqsEvent(sqsRecord('1'), sqsRecord('2'), sqsRecord('3'));
  expect(await lambdaTelemetry(telemetry, handler)(event, contextOf())).toEqual({ batchItemFailures: [] });
  expect(memory.value('job.duration', { 'tenant.id': 'acme' })).toBe(1);
  expect(memory.value('job.duration', { 'tenant.id': 'globex' })).toBe(1);
  expect(memory.value('job.duration')).toBe(3);
  expect(telemetry.health().problems).toEqual({ ERR_ADAPTER: 1 });
  expect(() => eachRecord(telemetry, () => {}, { attributes: 'tenant' as never })).toThrow(
    '"eachRecord.attributes" is of type string; give a function',
  );
});

test('so many are done at once', async () => {
  const { telemetry } = observed();
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  const event = sqsEvent(...Array.from({ length: 25 }, (_, i) => sqsRecord(`${i}`)));
  await eachRecord(telemetry, work)(event, contextOf());
  expect(most).toBe(10);
  most = 0;
  await eachRecord(telemetry, work, { concurrency: 3 })(event, contextOf());
  expect(most).toBe(3);
});

test('a message group is done in order, and not beyond a failure; other groups are', async () => {
  const { telemetry, memory } = observed();
  const done: string[] = [];
  const record = (messageId: string, group: string) => sqsRecord(messageId, { queue: 'ledger.fifo', group });
  const handler = eachRecord(telemetry, async ({ messageId }: Sqs) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (messageId === 'b') throw new Error('no');
    done.push(messageId);
  });
  const event = sqsEvent(record('a', 'x'), record('b', 'x'), record('c', 'y'), record('d', 'x'), record('e', 'y'));
  expect(await handler(event, contextOf())).toEqual({
    batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'd' }],
  });
  expect(done.filter((id) => 'abd'.includes(id))).toEqual(['a']);
  expect(done.filter((id) => 'ce'.includes(id))).toEqual(['c', 'e']);
  await telemetry.flush();
  expect(memory.value('job.started')).toBe(4);
});

test('order can be asked for, or given up', async () => {
  const { telemetry } = observed();
  const done: string[] = [];
  const work = ({ messageId }: Sqs) => {
    if (messageId === '2') throw new Error('no');
    done.push(messageId);
  };
  const event = sqsEvent(sqsRecord('1'), sqsRecord('2'), sqsRecord('3'));
  expect(await eachRecord(telemetry, work, { fifo: true })(event, contextOf())).toEqual({
    batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '3' }],
  });
  expect(done).toEqual(['1']);
  const fifo = sqsEvent(...['1', '2', '3'].map((id) => sqsRecord(id, { queue: 'a.fifo', group: 'x' })));
  expect(await eachRecord(telemetry, work, { fifo: false })(fifo, contextOf())).toEqual({
    batchItemFailures: [{ itemIdentifier: '2' }],
  });
  expect(done).toEqual(['1', '1', '3']);
});

test('a stream stops at the first failure, which is all that it is told', async () => {
  const { telemetry, memory } = observed();
  const done: string[] = [];
  const handler = eachRecord(telemetry, async ({ kinesis }: ReturnType<typeof kinesisEvent>['Records'][number]) => {
    if (kinesis.sequenceNumber === '3') throw new Error('no');
    done.push(kinesis.sequenceNumber);
  });
  const answer = await lambdaTelemetry(telemetry, handler)(kinesisEvent('1', '2', '3', '4'), contextOf());
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }] });
  expect(done).toEqual(['1', '2']);
  expect(memory.value('job.started')).toBe(3);
});

test('where failures cannot be reported, the invocation fails, after all records', async () => {
  const { telemetry, memory } = observed();
  const error = new Error('no');
  const fails = lambdaTelemetry(
    telemetry,
    eachRecord(telemetry, () => Promise.reject(error)),
  );
  await expect(fails(snsEvent({}), contextOf())).rejects.toBe(error);
  const two = { Records: [...s3Event('a').Records, ...s3Event('b').Records] };
  const different = eachRecord(telemetry, ({ s3 }: (typeof two)['Records'][number]) =>
    Promise.reject(new Error(s3.object.key)),
  );
  await expect(lambdaTelemetry(telemetry, different)(two, contextOf())).rejects.toThrow('2 of 2 records failed');
  await expect(
    lambdaTelemetry(
      telemetry,
      eachRecord(telemetry, () => Promise.reject(error)),
    )(sqsEvent(sqsRecord('')), contextOf()),
  ).rejects.toBe(error);
  expect(memory.value('faas.errors')).toBe(3);
  expect(memory.value('job.duration', { 'job.outcome': 'failed' })).toBe(4);
});

test('within a handler of more than that, each record is still one job', async () => {
  const { telemetry, memory } = observed();
  const each = eachRecord(telemetry, ({ messageId }: Sqs) => {
    if (messageId === '2') throw new RangeError('no');
  });
  const handler = lambdaTelemetry(
    telemetry,
    async (event: ReturnType<typeof sqsEvent>, context: ReturnType<typeof contextOf>) => each(event, context),
  );
  await handler(sqsEvent(sqsRecord('1'), sqsRecord('2')), contextOf());
  expect(memory.value('job.started')).toBe(2);
  expect(memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'RangeError' })).toBe(1);
  expect(memory.value('job.duration', { 'job.outcome': 'completed' })).toBe(1);
});

test('it works without lambdaTelemetry, and with records of sources that are not known', async () => {
  const { telemetry, memory } = observed();
  const seen: unknown[] = [];
  const handler = eachRecord(telemetry, (record: unknown) => seen.push(record));
  expect(await handler({ Records: [1, { eventSource: 'aws:new' }] }, contextOf())).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual([1, { eventSource: 'aws:new' }]);
  await telemetry.flush();
  expect(memory.value('job.duration', { 'job.name': 'shop' })).toBe(2);
  await expect(handler({} as never, contextOf())).rejects.toThrow(
    'an event without "Records"; wrap handlers of such events',
  );
});

test('what it is given is checked, and typed', () => {
  const { telemetry } = observed();
  const work = () => {};
  expect(() => eachRecord(work as never, telemetry as never)).toThrow('eachRecord needs a telemetry first');
  expect(() => eachRecord(telemetry, 1 as never)).toThrow('eachRecord was given work of type number');
  expect(() => eachRecord(telemetry, work, { concurrency: 0 })).toThrow(
    '"eachRecord.concurrency" is 0; give a whole number above 0.',
  );
  expect(() => eachRecord(telemetry, work, { fifo: 1 as never })).toThrow(
    '"eachRecord.fifo" is 1; give true or false.',
  );
  expect(() => eachRecord(telemetry, work, { ffio: true } as never)).toThrow(/fifo/);
  const handler: SQSHandler = lambdaTelemetry(
    telemetry,
    eachRecord(telemetry, async (record: SQSRecord) => record.body),
  );
  expect(handler).toBeTypeOf('function');
});
