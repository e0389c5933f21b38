import { startRecordJob } from './record-job.ts';
import { senderOf, xrayOfInvocation } from './senders.ts';
import type { SingleEvent } from './single-event.ts';
import { functionNameOf, type Unit, type UnitStart } from './unit.ts';

/** An event that is one job: the invocation's span is the job's. */
export function startEventUnit(start: UnitStart, { trigger, record }: SingleEvent): Unit {
  const { telemetry } = start.home;
  const sender = telemetry.injects().length === 0 ? undefined : senderOf(telemetry, record);
  const { job, end } = startRecordJob({
    telemetry,
    info: record,
    functionName: functionNameOf(start.context),
    parent: sender ?? xrayOfInvocation(start.xray) ?? telemetry.activeContext(),
    sender: undefined,
  });
  return {
    trigger,
    span: job.span,
    run: (work) => job.run(work),
    end: ({ outcome, error }) => end(outcome === 'completed' ? { outcome } : { outcome: 'failed', error }),
  };
}
