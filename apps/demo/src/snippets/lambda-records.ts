import { eachRecord, lambdaTelemetry } from '@telltale/aws';
import { createTelemetry } from '@telltale/core';
import { otlp } from '@telltale/exporter-otlp';
import type { SQSHandler, SQSRecord } from 'aws-lambda';

const telemetry = createTelemetry({
  service: { name: 'mails' },
  exporters: [otlp({ url: 'http://collector.internal:4318', interval: 3600 })],
  shutdown: { timeout: 0.4 },
});

// Each message is a job with a span of its own. Those that throw are in the answer's batchItemFailures; the event source needs ReportBatchItemFailures.
const sendMail = eachRecord(
  telemetry,
  async (record: SQSRecord, _context, job) => {
    await send(record.body);
    job.bytes('written', record.body.length);
  },
  { concurrency: 5 },
);

export const handler: SQSHandler = lambdaTelemetry(telemetry, sendMail);

declare function send(mail: string): Promise<void>;
