import { type LambdaAnswer, LambdaSandbox, type OtlpBackend, openOtlpBackend } from '@telltale-internal/backends';
import { expect, test } from 'vitest';
import { type Arrivals, addArrival, arrivedByEmf, arrivedByOtlp } from './arrivals.test-support.ts';
import { RUNTIME, taskRootOf } from './in-lambda.test-support.ts';
import {
  busEvent,
  httpApiEvent,
  restApiEvent,
  scheduledEvent,
  snsEvent,
  sqsEvent,
  sqsRecord,
} from './lambda-events.test-support.ts';

const INVOCATIONS = 1000;
const LANES = 4;
/** Seconds; the guard acts one before. */
const SHORT = 4;
/** One request in so many goes wrong, in one of the ways that the exporter can make good. */
const ONE_IN = 13;

interface Plan {
  readonly event: unknown;
  /** What must arrive of it. */
  expect(arrivals: Arrivals): void;
  readonly answer: LambdaAnswer['kind'];
  /** Spans that it has. */
  readonly spans: number;
  readonly timeout?: number;
}

function invoked(arrivals: Arrivals, trigger: string, error?: string): void {
  const attributes = { 'faas.trigger': trigger, 'error.type': error };
  if (error === 'timeout') addArrival(arrivals, 'faas.timeouts', { 'faas.trigger': trigger }, 1);
  else addArrival(arrivals, error === undefined ? 'faas.invocations' : 'faas.errors', attributes, 1);
  addArrival(arrivals, 'faas.invoke_duration', attributes, 1);
}

function job(arrivals: Arrivals, queue: string | undefined, outcome: string, error?: string, retry = false): void {
  addArrival(arrivals, 'job.started', { 'job.queue': queue }, 1);
  addArrival(arrivals, 'job.duration', { 'job.queue': queue, 'job.outcome': outcome, 'error.type': error }, 1);
  if (retry) addArrival(arrivals, 'job.retries', { 'job.queue': queue }, 1);
}

function served(arrivals: Arrivals, route: string, status: number, error?: string): void {
  addArrival(
    arrivals,
    'http.server.request.duration',
    { 'http.route': route, 'http.response.status_code': status, 'error.type': error },
    1,
  );
}

function planOf(i: number): Plan {
  switch (i % 10) {
    case 0:
    case 1: {
      const status = [200, 201, 404, 500][Math.floor(i / 10) % 4] as number;
      return {
        event: httpApiEvent('POST /orders/{id}', { status }),
        answer: 'response',
        spans: 1,
        expect(arrivals) {
          invoked(arrivals, 'http');
          served(arrivals, '/orders/{id}', status, status === 500 ? '500' : undefined);
        },
      };
    }
    case 2:
      return {
        event: restApiEvent('POST', '/stock/{sku}', { do: 'throw' }),
        answer: 'error',
        spans: 1,
        expect(arrivals) {
          invoked(arrivals, 'http', 'TypeError');
          served(arrivals, '/stock/{sku}', 502, 'TypeError');
        },
      };
    case 3:
    case 4: {
      const failed = [`${i}-1`, `${i}-3`].slice(0, i % 3);
      const ids = [0, 1, 2, 3, 4].map((n) => `${i}-${n}`);
      return {
        event: sqsEvent(
          ...ids.map((id) => sqsRecord(id, { body: { do: 'fail-records', failed }, receives: i % 2 === 0 ? 1 : 3 })),
        ),
        answer: 'response',
        spans: 6,
        expect(arrivals) {
          invoked(arrivals, 'pubsub');
          for (const id of ids) {
            const isFailed = failed.includes(id);
            job(
              arrivals,
              'orders',
              isFailed ? 'failed' : 'completed',
              isFailed ? 'batch_item_failure' : undefined,
              i % 2 === 1,
            );
          }
        },
      };
    }
    case 5: {
      // The second of group a fails, so the third is not done.
      const failed = [`${i}-1`];
      const groups = ['a', 'a', 'b', 'a'];
      return {
        event: sqsEvent(
          ...groups.map((group, n) => sqsRecord(`${i}-${n}`, { queue: 'ledger.fifo', group, body: { failed } })),
        ),
        answer: 'response',
        spans: 5,
        expect(arrivals) {
          invoked(arrivals, 'pubsub');
          job(arrivals, 'ledger.fifo', 'completed');
          job(arrivals, 'ledger.fifo', 'failed', 'RangeError');
          job(arrivals, 'ledger.fifo', 'completed');
          job(arrivals, 'ledger.fifo', 'aborted');
        },
      };
    }
    case 6:
      return {
        event: i % 20 === 6 ? snsEvent({}) : busEvent('Sold', {}),
        answer: 'response',
        spans: i % 20 === 6 ? 2 : 1,
        expect(arrivals) {
          invoked(arrivals, 'pubsub');
          job(arrivals, i % 20 === 6 ? 'sold' : 'com.example.shop', 'completed');
        },
      };
    case 7:
      return {
        event: sqsEvent(sqsRecord(`${i}-0`, { body: { do: 'reject' } }), sqsRecord(`${i}-1`)),
        answer: 'error',
        spans: 3,
        expect(arrivals) {
          invoked(arrivals, 'pubsub', 'EBUSY');
          job(arrivals, 'orders', 'failed', 'EBUSY');
          job(arrivals, 'orders', 'failed', 'EBUSY');
        },
      };
    case 8:
      return {
        event: scheduledEvent('nightly'),
        answer: 'response',
        spans: 1,
        expect(arrivals) {
          invoked(arrivals, 'timer');
          job(arrivals, undefined, 'completed');
        },
      };
    default:
      return i % 200 === 199 ? doomed(i) : plain(i);
  }
}

function plain(i: number): Plan {
  const isFailed = i % 30 === 9;
  return {
    event: isFailed ? { do: 'reject' } : {},
    answer: isFailed ? 'error' : 'response',
    spans: 1,
    expect: (arrivals) => invoked(arrivals, 'other', isFailed ? 'EBUSY' : undefined),
  };
}

/** What the sandbox does not survive. */
function doomed(i: number): Plan {
  if (i % 400 === 199) {
    return {
      event: { do: 'crash' },
      answer: 'exit',
      spans: 1,
      expect: (arrivals) => invoked(arrivals, 'other', 'SyntaxError'),
    };
  }
  return {
    event: sqsEvent(sqsRecord(`${i}-0`, { body: { do: 'hang' } })),
    answer: 'timeout',
    spans: 2,
    timeout: SHORT,
    expect(arrivals) {
      invoked(arrivals, 'pubsub', 'timeout');
      job(arrivals, 'orders', 'failed', 'timeout');
    },
  };
}

test(`${INVOCATIONS} invocations under AWS's runtime client: all arrives, and nothing twice`, {
  timeout: 300_000,
}, async () => {
  const root = await taskRootOf('./shop-function.test-support.ts');
  const [cumulative, delta] = await Promise.all([openOtlpBackend(), openOtlpBackend({ temporality: 'delta' })]);
  // Totals and spans may be sent twice. Differences may not, so there a dead connection would mean that some are given up, and counted.
  misbehave(cumulative, ['status', 'reset', 'lose', 'take']);
  misbehave(delta, ['status']);
  const expected: Arrivals = new Map();
  const byEmf: Arrivals = new Map();
  const answers: string[] = [];
  let spans = 0;
  let freezes = 0;
  let next = 0;
  const sandboxes: LambdaSandbox[] = [];

  const start = async (): Promise<LambdaSandbox> => {
    const sandbox = await LambdaSandbox.start({
      runtime: RUNTIME,
      taskRoot: root.path,
      handler: 'index.handler',
      env: { OTLP_CUMULATIVE: cumulative.url, OTLP_DELTA: delta.url },
    });
    sandboxes.push(sandbox);
    return sandbox;
  };
  const lane = async (): Promise<void> => {
    let sandbox: LambdaSandbox | undefined;
    while (next < INVOCATIONS) {
      const i = next++;
      const plan = planOf(i);
      const isCold = sandbox === undefined;
      sandbox ??= await start();
      const answer = await sandbox.invoke(plan.event, { timeout: plan.timeout ?? 60 });
      if (answer.kind !== plan.answer) answers.push(`${i}: ${JSON.stringify(answer)} ${sandbox.stderr}`);
      plan.expect(expected);
      spans += plan.spans;
      if (isCold) {
        const attributes = { 'faas.trigger': triggerOf(i) };
        addArrival(expected, 'faas.coldstarts', attributes, 1);
        addArrival(expected, 'faas.init_duration', attributes, 1);
      }
      if (sandbox.ended) sandbox = undefined;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  // Half of them without a word: what was recorded has left before.
  for (const [i, sandbox] of sandboxes.entries()) {
    freezes += sandbox.freezes;
    await (i % 2 === 0 ? sandbox.kill() : sandbox.shutdown());
    expect(sandbox.complaints).toEqual([]);
    arrivedByEmf(sandbox.stdout, byEmf);
  }

  expect(answers).toEqual([]);
  expect(sorted(byEmf)).toEqual(sorted(expected));
  expect(sorted(arrivedByOtlp(cumulative))).toEqual(sorted(expected));
  expect(sorted(arrivedByOtlp(delta))).toEqual(sorted(expected));
  expect(cumulative.spanCount()).toBe(spans);
  expect(delta.spanCount()).toBe(spans);
  expect([cumulative, delta].flatMap(({ server }) => server.complaints)).toEqual([]);
  expect(freezes).toBeGreaterThan(INVOCATIONS * 0.9);
  await Promise.all([cumulative.close(), delta.close(), root.remove()]);
});

function triggerOf(i: number): string {
  return [
    'http',
    'http',
    'http',
    'pubsub',
    'pubsub',
    'pubsub',
    'pubsub',
    'pubsub',
    'timer',
    i % 400 === 399 ? 'pubsub' : 'other',
  ][i % 10] as string;
}

function misbehave({ server }: OtlpBackend, kinds: readonly ('status' | 'reset' | 'lose' | 'take')[]): void {
  let requests = 0;
  server.chance = () => {
    requests++;
    if (requests % ONE_IN !== 0) return undefined;
    const kind = kinds[(requests / ONE_IN) % kinds.length] as (typeof kinds)[number];
    return kind === 'status' ? { kind, status: 503 } : { kind };
  };
}

function sorted(arrivals: Arrivals): readonly (readonly [string, number])[] {
  return [...arrivals].sort(([a], [b]) => (a < b ? -1 : 1));
}
