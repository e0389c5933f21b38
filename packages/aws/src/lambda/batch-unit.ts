import { type Context, createContextKey, SpanKind } from '@opentelemetry/api';
import type { Telemetry } from '@telltale/core';
import { outcomesOf } from './batch-outcome.ts';
import { type PlainSpan, startPlainSpan } from './plain-span.ts';
import type { RecordInfo } from './record-info.ts';
import { type RecordJob, type RecordOptions, startRecordJob } from './record-job.ts';
import type { Batch } from './records-of.ts';
import { linksTo, senderOf, xrayOfInvocation } from './senders.ts';
import { functionNameOf, type Unit, type UnitEnd, type UnitStart } from './unit.ts';

const BATCH = createContextKey('Telltale batch of a Lambda invocation');

/** An invocation with records, each of which is a job. */
export class BatchUnit implements Unit {
  readonly trigger: Batch['trigger'];
  private readonly start: UnitStart;
  private readonly batch: Batch;
  private readonly plain: PlainSpan;
  private readonly context: Context;
  /** By the record as the handler gets it. */
  private readonly jobs = new Map<unknown, RecordJob>();

  constructor(start: UnitStart, batch: Batch) {
    const { telemetry, makesJobs } = start.home;
    this.start = start;
    this.batch = batch;
    this.trigger = batch.trigger;
    const senders = tracesOf(telemetry, batch);
    const [first] = senders;
    const own = xrayOfInvocation(start.xray) ?? telemetry.activeContext();
    // The trace of a message goes on in the function that takes it alone; a batch is part of no trace of its messages.
    const isAlone = batch.records.length === 1 && first !== undefined;
    this.plain = startPlainSpan(start, isAlone ? first : own, {
      kind: batch.system === undefined ? SpanKind.SERVER : SpanKind.CONSUMER,
      attributes: batch.spanAttributes,
      links: isAlone ? [] : linksTo(senders),
    });
    this.context = this.plain.context.setValue(BATCH, this);
    if (!makesJobs)
      for (const [i, info] of batch.records.entries())
        this.startJob(info, senders[i], {
          maxReceiveCount: start.home.settings.maxReceiveCount,
          attributes: undefined,
        });
  }

  /** That of the invocation under way here. */
  static in(context: Context): BatchUnit | undefined {
    const found = context.getValue(BATCH);
    return found instanceof BatchUnit ? found : undefined;
  }

  get span(): PlainSpan['span'] {
    return this.plain.span;
  }

  run<T>(work: () => T): T {
    return this.start.home.telemetry.withContext(this.context, work);
  }

  /** The job of a record, which is started if it has not been. */
  jobOf(info: RecordInfo, options: RecordOptions): RecordJob {
    const { telemetry } = this.start.home;
    const sender = telemetry.injects().length === 0 ? undefined : senderOf(telemetry, info);
    return this.jobs.get(info.raw) ?? this.startJob(info, sender, options);
  }

  end({ outcome, error, response }: UnitEnd): void {
    const { records, failures } = this.batch;
    if (outcome === 'completed') {
      const outcomes = outcomesOf(records, failures, response, this.start.home.settings.reportsFailures);
      for (const [i, { raw }] of records.entries()) this.jobs.get(raw)?.end(outcomes[i] ?? { outcome: 'completed' });
    } else for (const job of this.jobs.values()) job.end({ outcome: 'failed', error });
    this.plain.end({ outcome, error });
  }

  private startJob(info: RecordInfo, sender: Context | undefined, options: RecordOptions): RecordJob {
    const { home, context } = this.start;
    const job = startRecordJob({
      telemetry: home.telemetry,
      info,
      functionName: functionNameOf(context),
      parent: this.context,
      sender,
      ...options,
    });
    this.jobs.set(info.raw, job);
    return job;
  }
}

/** Where each record comes from; nothing while spans are off. */
function tracesOf(telemetry: Telemetry, { records }: Batch): readonly (Context | undefined)[] {
  return telemetry.injects().length === 0 ? [] : records.map((info) => senderOf(telemetry, info));
}
