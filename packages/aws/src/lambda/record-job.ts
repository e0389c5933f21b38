import type { Context } from '@opentelemetry/api';
import type { Attributes, JobOperation, Telemetry } from '@telltale/core';
import type { RecordOutcome } from './batch-outcome.ts';
import type { RecordInfo } from './record-info.ts';
import { linkTo } from './senders.ts';

/** What a record's job is told besides what the record says. */
export interface RecordOptions {
  /** After so many deliveries a message is not delivered again; missing where that is not known. */
  readonly maxReceiveCount?: number | undefined;
  /** On its metrics, its span and its event. */
  readonly attributes?: Attributes | undefined;
}

export interface RecordJobStart extends RecordOptions {
  readonly telemetry: Telemetry;
  readonly info: RecordInfo;
  readonly functionName: string;
  readonly parent: Context;
  /** To be linked to. */
  readonly sender: Context | undefined;
}

/** The job of one record. */
export interface RecordJob {
  readonly job: JobOperation;
  end(outcome: RecordOutcome): void;
}

export function startRecordJob(start: RecordJobStart): RecordJob {
  const { telemetry, info, functionName, parent, sender, maxReceiveCount, attributes } = start;
  const { queue, name = functionName, sentAt, attempt, spanAttributes } = info;
  const link = linkTo(sender);
  // Only who knows how often a message is delivered can say which delivery was the last.
  const knowsLast = maxReceiveCount !== undefined && attempt !== undefined;
  const job = telemetry.job(name, {
    parent,
    resources: false,
    spanAttributes: attempt === undefined ? spanAttributes : { ...spanAttributes, 'aws.sqs.receive_count': attempt },
    ...(attributes !== undefined && { attributes }),
    ...(queue !== undefined && { queue }),
    ...(link !== undefined && { links: [link] }),
    ...(sentAt !== undefined && { waited: (Date.now() - sentAt) / 1000 }),
    ...(knowsLast && { attempt }),
  });
  if (!knowsLast && attempt !== undefined && attempt > 1) job.retry();
  return {
    job,
    end({ outcome, error }) {
      const again = outcome === 'failed' && knowsLast && attempt < maxReceiveCount;
      job.end(again ? 'retried' : outcome, error);
    },
  };
}
