import { createTelemetry, type Exporter } from '@telltale/core';
import { emf } from '@telltale/exporter-cloudwatch';
import { otlp } from '@telltale/exporter-otlp';
import { eachRecord, lambdaTelemetry } from '../index.ts';

// A function that runs in a sandbox of the tests. What it is to do, its events say.

/** What the tests put into events. */
export interface Wish {
  readonly do?: 'throw' | 'reject' | 'hang' | 'crash' | 'status' | 'fail-records';
  readonly status?: number;
  /** Identifiers of the records that fail. */
  readonly failed?: readonly string[];
}

const { OTLP_CUMULATIVE, OTLP_DELTA, NO_EMF } = process.env;
/** Only flushes deliver. */
const interval = 3600;
const exporters: Exporter[] = [
  ...(NO_EMF === undefined ? [emf({ namespace: 'Shop', interval })] : []),
  ...(OTLP_CUMULATIVE === undefined ? [] : [otlp({ url: OTLP_CUMULATIVE, interval })]),
  ...(OTLP_DELTA === undefined ? [] : [otlp({ name: 'delta', url: OTLP_DELTA, temporality: 'delta', interval })]),
];
const telemetry = createTelemetry({ service: { name: 'shop' }, exporters, metrics: { disable: ['telltale.*'] } });
const options = {
  // Machines of tests are slow; what fails is told apart by its answer, not by its time.
  flush: { timeout: Number(process.env.FLUSH_TIMEOUT ?? 10) },
  timeoutMargin: 1,
};

const oneByOne = eachRecord(telemetry, async (record: { readonly messageId: string; readonly body: string }) => {
  const wish = JSON.parse(record.body) as Wish;
  if (wish.failed?.includes(record.messageId) === true) throw new RangeError(`${record.messageId} is not for sale`);
});

export const handler = lambdaTelemetry(
  telemetry,
  async (event, context) => {
    if (event.Records?.[0]?.eventSourceARN?.endsWith('.fifo')) return oneByOne(event, context);
    const wish: Wish = JSON.parse(event.body ?? event.Records?.[0]?.body ?? JSON.stringify(event.detail ?? event));
    switch (wish.do) {
      case 'throw':
        throw new TypeError('this cannot be', { cause: new Error('of something else') });
      case 'reject':
        return Promise.reject(Object.assign(new Error('try later'), { code: 'EBUSY' }));
      case 'hang':
        return new Promise((resolve) => setTimeout(resolve, 600_000));
      case 'crash':
        setImmediate(() => {
          throw new SyntaxError('nobody catches this');
        });
        return new Promise((resolve) => setTimeout(resolve, 600_000));
      case 'fail-records':
        return { batchItemFailures: (wish.failed ?? []).map((itemIdentifier) => ({ itemIdentifier })) };
      default:
        return { statusCode: wish.status ?? 200, body: 'done' };
    }
  },
  options,
);
