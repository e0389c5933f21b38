import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lambdaTelemetry } from '../index.ts';
import {
  busEvent,
  dynamodbEvent,
  kinesisEvent,
  s3Event,
  scheduledEvent,
  snsEvent,
  sqsEvent,
  sqsRecord,
} from './lambda-events.test-support.ts';
import { type AnyHandler, contextOf, observed } from './observed.test-support.ts';

// How long something waited is by the system's clock, which the events are of.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

async function jobsOf(event: unknown, response?: unknown, options = {}) {
  const { telemetry, memory } = observed();
  await lambdaTelemetry<AnyHandler>(telemetry, async () => response, options)(event, contextOf());
  const outcomes = (memory.metric('job.duration')?.points ?? []).map((point) => {
    const { 'job.queue': queue, 'job.name': name, 'job.outcome': outcome, 'error.type': error } = point.attributes;
    return { queue, name, outcome, error, count: (point as { readonly count: number }).count };
  });
  return { outcomes, memory, waits: memory.metric('job.wait.duration')?.points };
}

describe('a record is a job', () => {
  test.each([
    ['SQS', () => sqsEvent(sqsRecord('1'), sqsRecord('2')), { queue: 'orders', name: 'shop', count: 2 }, 'pubsub', 4],
    ['SNS', () => snsEvent({}), { queue: 'sold', name: 'shop', count: 1 }, 'pubsub', 1],
    ['Kinesis', () => kinesisEvent('1', '2', '3'), { queue: 'clicks', name: 'shop', count: 3 }, 'pubsub', 9],
    ['DynamoDB', () => dynamodbEvent('INSERT', 'REMOVE'), { queue: 'orders', name: 'shop', count: 2 }, 'datasource', 2],
    ['S3', () => s3Event('cat.png'), { queue: 'images', name: 'shop', count: 1 }, 'datasource', 1.5],
    ['EventBridge', () => busEvent('Sold', {}), { queue: 'com.example.shop', name: 'Sold', count: 1 }, 'pubsub', 4],
    ['a schedule', () => scheduledEvent('nightly'), { queue: undefined, name: 'nightly', count: 1 }, 'timer', 4],
  ])('of %s, with its name, queue and wait', async (_, event, job, trigger, waited) => {
    const { outcomes, memory, waits } = await jobsOf(event());
    expect(outcomes).toEqual([{ ...job, outcome: 'completed', error: undefined }]);
    expect(waits).toMatchObject([{ count: job.count, sum: expect.closeTo(waited, 2) }]);
    expect(memory.value('faas.invocations', { 'faas.trigger': trigger })).toBe(1);
  });

  test('what was delivered before is a retry, of which nobody knows how long it waited', async () => {
    const { memory, waits } = await jobsOf(sqsEvent(sqsRecord('1', { receives: 3 }), sqsRecord('2')));
    expect(memory.value('job.retries', { 'job.queue': 'orders' })).toBe(1);
    expect(waits).toMatchObject([{ count: 1 }]);
    expect(memory.metric('job.attempts')?.points ?? []).toEqual([]);
  });

  test('who knows the last delivery knows retries from failures', async () => {
    const event = sqsEvent(
      sqsRecord('1', { receives: 2 }),
      sqsRecord('2', { receives: 3 }),
      sqsRecord('3', { receives: 3 }),
    );
    const failed = { batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }] };
    const { outcomes, memory } = await jobsOf(event, failed, { maxReceiveCount: 3 });
    expect(outcomes.map(({ outcome, count }) => [outcome, count]).sort()).toEqual([
      ['completed', 1],
      ['failed', 1],
      ['retried', 1],
    ]);
    expect(memory.value('job.retries')).toBe(1);
    expect(memory.value('job.attempts', { 'job.outcome': 'failed' })).toBe(1);
  });

  test('spans have what the conventions ask for', async () => {
    const { memory } = await jobsOf(sqsEvent(sqsRecord('1'), sqsRecord('2')));
    const [first, , invocation] = memory.spans;
    expect(invocation).toMatchObject({
      name: 'shop',
      kind: 4,
      attributes: {
        'messaging.system': 'aws_sqs',
        'messaging.destination.name': 'orders',
        'messaging.batch.message_count': 2,
        'faas.trigger': 'pubsub',
      },
    });
    expect(first).toMatchObject({
      name: 'process orders',
      kind: 4,
      parentSpanId: invocation?.spanId,
      attributes: { 'messaging.message.id': '1', 'messaging.operation.type': 'process', 'job.queue': 'orders' },
    });
    const objects = await jobsOf(s3Event('cat.png'));
    expect(objects.memory.spans.at(-1)).toMatchObject({
      kind: 1,
      attributes: {
        'faas.document.collection': 'images',
        'faas.document.name': 'cat.png',
        'faas.document.operation': 'insert',
      },
    });
    const scheduled = await jobsOf(scheduledEvent('nightly'));
    expect(scheduled.memory.spans).toMatchObject([
      { name: 'nightly', attributes: { 'faas.trigger': 'timer', 'faas.time': expect.any(String) } },
    ]);
  });
});

describe('the answer says which records failed', () => {
  const three = () => sqsEvent(sqsRecord('a'), sqsRecord('b'), sqsRecord('c'));
  const failures = (...ids: unknown[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

  test.each([
    ['none', failures(), 3, 0],
    ['no answer', undefined, 3, 0],
    ['null', null, 3, 0],
    ['an empty one', {}, 3, 0],
    ['a list of null', { batchItemFailures: null }, 3, 0],
    ['some', failures('b'), 2, 1],
    ['one twice', failures('b', 'b'), 2, 1],
    ['all', failures('a', 'b', 'c'), 0, 3],
    ['something else', 'done', 3, 0],
  ])('%s', async (_, answer, completed, failed) => {
    const { memory } = await jobsOf(three(), answer);
    expect(memory.value('job.duration', { 'job.outcome': 'completed' }) ?? 0).toBe(completed);
    expect(memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'batch_item_failure' }) ?? 0).toBe(
      failed,
    );
    expect(memory.value('faas.invocations')).toBe(1);
  });

  test.each([
    ['an unknown one', failures('b', 'x')],
    ['an empty one', failures('')],
    ['one of null', failures(null)],
    ['a number', failures(1)],
    ['a wrong key', { batchItemFailures: [{ messageId: 'b' }] }],
    ['a list of text', { batchItemFailures: ['b'] }],
    ['no list', { batchItemFailures: 'b' }],
  ])('%s fails all', async (_, answer) => {
    const { memory } = await jobsOf(three(), answer);
    expect(memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'malformed_batch_response' })).toBe(3);
  });

  test('where it is known that Lambda reads it, what is no object fails all; where Lambda does not, nothing fails', async () => {
    const read = await jobsOf(three(), 'done', { reportBatchItemFailures: true });
    expect(read.memory.value('job.duration', { 'job.outcome': 'failed' })).toBe(3);
    const unread = await jobsOf(three(), failures('b'), { reportBatchItemFailures: false });
    expect(unread.memory.value('job.duration', { 'job.outcome': 'completed' })).toBe(3);
  });

  test('in a message group, what comes after the first failure was not done', async () => {
    const record = (id: string, group: string) => sqsRecord(id, { queue: 'ledger.fifo', group });
    const event = sqsEvent(record('a', 'x'), record('b', 'y'), record('c', 'x'), record('d', 'x'), record('e', 'y'));
    const { outcomes } = await jobsOf(event, failures('c', 'd'));
    expect(outcomes).toEqual([
      expect.objectContaining({ outcome: 'completed', count: 3 }),
      expect.objectContaining({ outcome: 'failed', count: 1 }),
      expect.objectContaining({ outcome: 'aborted', error: undefined, count: 1 }),
    ]);
  });

  test('a stream goes on from the first failure', async () => {
    const { memory } = await jobsOf(kinesisEvent('1', '2', '3', '4'), failures('3', '2'));
    expect(memory.value('job.duration', { 'job.outcome': 'completed' })).toBe(1);
    expect(memory.value('job.duration', { 'job.outcome': 'failed' })).toBe(1);
    expect(memory.value('job.duration', { 'job.outcome': 'retried' })).toBe(2);
    const changes = await jobsOf(dynamodbEvent('INSERT', 'MODIFY'), failures('100'));
    expect(changes.memory.value('job.duration', { 'job.outcome': 'retried' })).toBe(1);
  });

  test('SNS and S3 do not ask', async () => {
    expect((await jobsOf(snsEvent({}), failures('sns-1'))).outcomes).toMatchObject([{ outcome: 'completed' }]);
  });
});

test('an error fails all records, and they carry it', async () => {
  const { telemetry, memory } = observed();
  const handler = lambdaTelemetry<AnyHandler>(telemetry, async () => {
    throw new RangeError('no');
  });
  await expect(handler(sqsEvent(sqsRecord('1'), sqsRecord('2')), contextOf())).rejects.toThrow('no');
  await expect(handler(busEvent('Sold', {}), contextOf())).rejects.toThrow('no');
  expect(
    memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'RangeError', 'job.queue': 'orders' }),
  ).toBe(2);
  expect(
    memory.value('job.duration', { 'job.outcome': 'failed', 'error.type': 'RangeError', 'job.name': 'Sold' }),
  ).toBe(1);
});

test('records of which nothing is known are jobs all the same', async () => {
  const { outcomes, memory } = await jobsOf({ Records: [{ eventSource: 'aws:sqs' }, null, 7] });
  expect(outcomes).toEqual([{ queue: undefined, name: 'shop', outcome: 'completed', error: undefined, count: 3 }]);
  expect(memory.value('job.active')).toBe(0);
});
