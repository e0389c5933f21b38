import { randomUUID } from 'node:crypto';
import { eachRecord, lambdaTelemetry } from '@telltale/aws';
import { configureTelemetry } from '@telltale/config';
import type { Health, Telemetry } from '@telltale/core';
import { AWS_TEST_CREDENTIALS, openCloudWatchBackend } from '@telltale-internal/backends';

/** What the function is asked for, as a message of its queue. */
interface Invoice {
  readonly order: string;
  readonly tenant: string;
}

/** What became of the invoices. */
export interface InvoiceCount {
  /** By tenant, in the namespaces of CloudWatch. */
  readonly written: Readonly<Record<string, number>>;
  readonly invocations: number;
  /** Messages that failed and came again. */
  readonly again: number;
}

/** The function that writes invoices, and its queue. */
export interface Invoices {
  send(invoice: Invoice): void;
  health(): Health;
  /** Resolves when all are written and CloudWatch has them. */
  close(): Promise<InvoiceCount>;
}

/** A message of SQS, as Lambda hands it to a function. */
interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly attributes: { ApproximateReceiveCount: string; readonly SentTimestamp: string };
  readonly messageAttributes: Readonly<Record<string, { readonly dataType: 'String'; readonly stringValue: string }>>;
}

const CONFIGURATION = new URL('../telltale.config.yaml', import.meta.url).pathname;
const ARN = 'arn:aws:sqs:eu-west-1:123456789012:invoices';
const POLL_MS = 500;
/** The most messages of an invocation, as Lambda has it unless told. */
const BATCH = 10;
/** Then a message would go to the dead-letter queue. */
const MAX_DELIVERIES = 3;
const LIMIT_MS = 30_000;

/** The function in this process, with a stand-in of CloudWatch, and what polls its queue as Lambda would. */
export async function openInvoices(shop: Telemetry, onProblem: (message: string) => void): Promise<Invoices> {
  const cloudwatch = await openCloudWatchBackend();
  const telemetry = configureTelemetry(
    {
      service: { name: 'invoices' },
      shutdown: { signals: false },
      onError: ({ message }) => onProblem(message),
    },
    {
      file: CONFIGURATION,
      env: {
        CLOUDWATCH_URL: cloudwatch.url,
        STAND_IN_KEY: AWS_TEST_CREDENTIALS.accessKeyId,
        STAND_IN_SECRET: AWS_TEST_CREDENTIALS.secretAccessKey,
      },
    },
  );
  const written = telemetry.counter('invoices', { unit: '{invoice}', description: 'Invoices written.' });
  const handler = lambdaTelemetry(
    telemetry,
    eachRecord(
      telemetry,
      (message: Message) => {
        const { order, tenant } = invoiceOf(message);
        // Of a share of them the printer is out of paper at first.
        if (message.attributes.ApproximateReceiveCount === '1' && order.startsWith('0')) throw new Error('no paper');
        written.add(1, { 'tenant.id': tenant });
      },
      { maxReceiveCount: MAX_DELIVERIES, attributes: (message) => ({ 'tenant.id': invoiceOf(message).tenant }) },
    ),
  );

  const queue: Message[] = [];
  let invocations = 0;
  let again = 0;
  let polling: Promise<void> = Promise.resolve();
  const poll = async (): Promise<void> => {
    while (queue.length > 0) {
      const messages = queue.splice(0, BATCH);
      invocations++;
      const { batchItemFailures } = await handler({ Records: messages }, contextOf(invocations));
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const message of messages) {
        if (!failed.has(message.messageId)) continue;
        again++;
        message.attributes.ApproximateReceiveCount = String(Number(message.attributes.ApproximateReceiveCount) + 1);
        queue.push(message);
      }
    }
  };
  const timer = setInterval(() => {
    polling = polling.then(poll);
  }, POLL_MS);

  return {
    send(invoice) {
      const carrier: Record<string, string> = {};
      shop.inject(carrier);
      queue.push({
        messageId: randomUUID(),
        body: JSON.stringify(invoice),
        eventSource: 'aws:sqs',
        eventSourceARN: ARN,
        attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
        messageAttributes: Object.fromEntries(
          Object.entries(carrier).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]),
        ),
      });
    },
    health: () => telemetry.health(),
    async close() {
      clearInterval(timer);
      await polling;
      await poll();
      await telemetry.shutdown();
      await cloudwatch.close();
      const counts: Record<string, number> = {};
      for (const { namespace, data } of cloudwatch.calls) {
        const tenant = namespace.replace('Shop/', '');
        for (const { MetricName, Value = 0 } of data)
          if (MetricName === 'invoices') counts[tenant] = (counts[tenant] ?? 0) + Value;
      }
      return { written: counts, invocations, again };
    },
  };
}

function invoiceOf({ body }: Message): Invoice {
  return JSON.parse(body);
}

/** What Lambda says of an invocation. */
function contextOf(invocation: number): Parameters<Parameters<typeof eachRecord>[1]>[1] {
  const deadline = performance.now() + LIMIT_MS;
  return {
    awsRequestId: `invocation-${invocation}`,
    functionName: 'invoices',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:invoices',
    memoryLimitInMB: '128',
    getRemainingTimeInMillis: () => deadline - performance.now(),
  };
}
