import type { Attributes, JobOperation, Telemetry } from '@telltale/core';
import { checkKeys, messageOf, TelemetryError } from '@telltale/core';
import { BatchUnit } from './batch-unit.ts';
import { checkTelemetry } from './check-telemetry.ts';
import type { LambdaContext } from './lambda-function.ts';
import type { RecordInfo } from './record-info.ts';
import { type RecordJob, startRecordJob } from './record-job.ts';
import { type Batch, batchOf, unknownBatchOf } from './records-of.ts';
import { senderOf } from './senders.ts';
import { functionNameOf } from './unit.ts';

export interface EachRecordOptions<Item = unknown> {
  /** How many records, or groups of records that are in order, are worked on at once; default 10. */
  readonly concurrency?: number;
  /**
   * Whether records are done one after the other, and none of a message group after one that failed. Default: for FIFO queues, by message group,
   * and for streams, which have an order.
   */
  readonly fifo?: boolean;
  /** After so many deliveries a message goes to the dead-letter queue: before, a failed job is `retried`. Default: not known, and it is `failed`. */
  readonly maxReceiveCount?: number;
  /** On the metrics, the span and the event of a record's job, such as whose it is: keep them few. Where it throws, there are none, which is told once. */
  readonly attributes?: (record: Item) => Attributes | undefined;
}

/** What Lambda takes as the answer to a batch, with ReportBatchItemFailures. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/** What an event with records has. */
export interface RecordsEvent<Item> {
  readonly Records: readonly Item[];
}

/** Marks handlers that make the jobs of their records themselves. */
export const MAKES_JOBS = Symbol.for('@telltale/aws.makes-jobs');

const DEFAULT_CONCURRENCY = 10;

/**
 * A handler that calls `work` once for each record, as a job with its own context, and answers with those that failed. Of sources without partial
 * failures (SNS, S3) it rejects, after all records, with what `work` threw. Throws `ERR_OPTION` for options that are wrong.
 */
export function eachRecord<Item, Context extends LambdaContext = LambdaContext>(
  telemetry: Telemetry,
  work: (record: Item, context: Context, job: JobOperation) => unknown,
  options: EachRecordOptions<Item> = {},
): (event: RecordsEvent<Item>, context: Context) => Promise<BatchResponse> {
  checkTelemetry('eachRecord', telemetry);
  checkEachRecord(work, options);
  const handler = async (event: RecordsEvent<Item>, context: Context): Promise<BatchResponse> => {
    const batch = batchOf(event) ?? unknownBatchOf(event);
    if (batch === undefined) {
      throw new TypeError(
        'eachRecord was invoked with an event without "Records"; wrap handlers of such events with lambdaTelemetry alone.',
      );
    }
    const run = new BatchRun(batch, options, (info) => startJob(telemetry, info, context, options));
    await run.all((info, { job }) => job.run(() => work(info.raw as Item, context, job)));
    return run.response();
  };
  return Object.defineProperty(handler, MAKES_JOBS, { value: true });
}

function startJob<Item>(
  telemetry: Telemetry,
  info: RecordInfo,
  context: LambdaContext,
  { maxReceiveCount, attributes: attributesOf }: EachRecordOptions<Item>,
): RecordJob {
  const unit = BatchUnit.in(telemetry.activeContext());
  const options = { maxReceiveCount, attributes: attributesOf && attributesBy(attributesOf, telemetry, info) };
  if (unit !== undefined) return unit.jobOf(info, options);
  const sender = telemetry.injects().length === 0 ? undefined : senderOf(telemetry, info);
  return startRecordJob({
    telemetry,
    info,
    functionName: functionNameOf(context ?? {}),
    parent: telemetry.activeContext(),
    sender,
    ...options,
  });
}

function attributesBy<Item>(
  attributesOf: NonNullable<EachRecordOptions<Item>['attributes']>,
  telemetry: Telemetry,
  { raw }: RecordInfo,
): Attributes | undefined {
  try {
    return attributesOf(raw as Item);
  } catch (error) {
    telemetry.problem('eachRecord.attributes', () => `\`attributes\` of eachRecord threw: ${messageOf(error)}`);
    return undefined;
  }
}

/** One batch being done. */
class BatchRun {
  private readonly batch: Batch;
  private readonly options: Pick<EachRecordOptions, 'concurrency' | 'fifo'>;
  private readonly start: (info: RecordInfo) => RecordJob;
  /** What was not done, with what was thrown, by record. */
  private readonly failures = new Map<RecordInfo, unknown>();

  constructor(
    batch: Batch,
    options: Pick<EachRecordOptions, 'concurrency' | 'fifo'>,
    start: (info: RecordInfo) => RecordJob,
  ) {
    this.batch = batch;
    this.options = options;
    this.start = start;
  }

  async all(work: (info: RecordInfo, job: RecordJob) => unknown): Promise<void> {
    const waiting = this.inOrder();
    const next = async (): Promise<void> => {
      for (let chain = waiting.shift(); chain !== undefined; chain = waiting.shift()) await this.chain(chain, work);
    };
    const { concurrency = DEFAULT_CONCURRENCY } = this.options;
    await Promise.all(Array.from({ length: Math.min(concurrency, waiting.length) }, next));
  }

  /** Throws where failures cannot be reported record by record. */
  response(): BatchResponse {
    const { failures, records } = this.batch;
    const failed = records.filter((info) => this.failures.has(info));
    if (failed.length === 0) return { batchItemFailures: [] };
    const reported = failures === 'checkpoint' ? failed.slice(0, 1) : failed;
    const identifiers = reported.map(({ id }) => id);
    if (failures === 'none' || identifiers.includes(undefined)) throw this.errorOf(failed);
    return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier: itemIdentifier as string })) };
  }

  /** Records that must wait for one another are in one list. */
  private inOrder(): RecordInfo[][] {
    const { fifo } = this.options;
    const chains: RecordInfo[][] = [];
    const groups = new Map<string, RecordInfo[]>();
    for (const info of this.batch.records) {
      const group = fifo === false ? undefined : (info.group ?? (fifo === true ? '' : undefined));
      const chain = group === undefined ? undefined : groups.get(group);
      if (chain !== undefined) chain.push(info);
      else {
        const begun = [info];
        chains.push(begun);
        if (group !== undefined) groups.set(group, begun);
      }
    }
    return chains;
  }

  private async chain(
    chain: readonly RecordInfo[],
    work: (info: RecordInfo, job: RecordJob) => unknown,
  ): Promise<void> {
    for (const [i, info] of chain.entries()) {
      const job = this.start(info);
      try {
        await work(info, job);
        job.end({ outcome: 'completed' });
      } catch (error) {
        job.end({ outcome: 'failed', error });
        for (const rest of chain.slice(i)) this.failures.set(rest, error);
        return;
      }
    }
  }

  private errorOf(failed: readonly RecordInfo[]): unknown {
    const errors = [...new Set(failed.map((info) => this.failures.get(info)))];
    return errors.length === 1
      ? errors[0]
      : new AggregateError(errors, `${errors.length} of ${this.batch.records.length} records failed`);
  }
}

function checkEachRecord<Item>(work: unknown, options: EachRecordOptions<Item>): void {
  checkKeys('eachRecord', options, ['concurrency', 'fifo', 'maxReceiveCount', 'attributes']);
  if (typeof work !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `eachRecord was given work of type ${typeof work}; give a function that does one record.`,
    );
  }
  for (const key of ['concurrency', 'maxReceiveCount'] as const) {
    const value: unknown = options[key];
    if (value === undefined || (Number.isInteger(value) && (value as number) >= 1)) continue;
    throw new TelemetryError('ERR_OPTION', `"eachRecord.${key}" is ${String(value)}; give a whole number above 0.`);
  }
  const { fifo, attributes } = options;
  if (attributes !== undefined && typeof attributes !== 'function') {
    throw new TelemetryError(
      'ERR_OPTION',
      `"eachRecord.attributes" is of type ${typeof attributes}; give a function from a record to attributes.`,
    );
  }
  if (fifo !== undefined && typeof fifo !== 'boolean') {
    throw new TelemetryError('ERR_OPTION', `"eachRecord.fifo" is ${String(fifo)}; give true or false.`);
  }
}
