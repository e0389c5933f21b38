import type { Outcome } from '@telltale/core';
import type { FailureReports, RecordInfo } from './record-info.ts';
import { objectOf } from './shapes.ts';

/** What became of a record, as Lambda will have it. */
export interface RecordOutcome {
  readonly outcome: Outcome;
  readonly error?: unknown;
}

const COMPLETED: RecordOutcome = { outcome: 'completed' };
const FAILED: RecordOutcome = {
  outcome: 'failed',
  error: { name: 'batch_item_failure', message: 'the function reported that the record failed' },
};
const MALFORMED: RecordOutcome = {
  outcome: 'failed',
  error: {
    name: 'malformed_batch_response',
    message: "Lambda cannot read the function's batchItemFailures, and delivers all records again",
  },
};
/** Of an order that was broken off: never done, and delivered again. */
const NOT_DONE: RecordOutcome = { outcome: 'aborted' };
/** Behind the first failure of a stream: perhaps done, and delivered again. */
const AGAIN: RecordOutcome = { outcome: 'retried' };

/**
 * The outcome of each record by the function's answer, in their order. Rules as "Handling errors for an SQS event source" and "Configuring partial
 * batch response with Kinesis" of Lambda's guide have them: no list is success; an identifier that is missing, empty or not of the batch fails all.
 */
export function outcomesOf(
  records: readonly RecordInfo[],
  reports: FailureReports,
  answer: unknown,
  reportsFailures: boolean | undefined,
): readonly RecordOutcome[] {
  const all = (outcome: RecordOutcome) => records.map(() => outcome);
  if (reports === 'none' || reportsFailures === false || answer === undefined || answer === null) return all(COMPLETED);
  const response = objectOf(answer);
  if (response === undefined) return all(reportsFailures === true ? MALFORMED : COMPLETED);
  const list = response.batchItemFailures;
  if (list === undefined || list === null) return all(COMPLETED);
  const failed = identifiersOf(list);
  const known = new Set(records.map(({ id }) => id));
  if (failed === undefined || failed.some((id) => !known.has(id))) return all(MALFORMED);
  return reports === 'each' ? byIdentifier(records, new Set(failed)) : fromFirst(records, new Set(failed));
}

/** `undefined` for a list that Lambda cannot read. */
function identifiersOf(list: unknown): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const identifiers = list.map((item) => objectOf(item)?.itemIdentifier);
  return identifiers.every((id) => typeof id === 'string' && id !== '') ? (identifiers as string[]) : undefined;
}

/** In a group, what is reported after the first failure was not done: that is what Lambda asks of functions on FIFO queues. */
function byIdentifier(records: readonly RecordInfo[], failed: ReadonlySet<string>): readonly RecordOutcome[] {
  const broken = new Set<string>();
  return records.map(({ id, group }) => {
    if (id === undefined || !failed.has(id)) return COMPLETED;
    if (group !== undefined && broken.has(group)) return NOT_DONE;
    if (group !== undefined) broken.add(group);
    return FAILED;
  });
}

/** A stream goes on from the first of them, whatever else is reported. */
function fromFirst(records: readonly RecordInfo[], failed: ReadonlySet<string>): readonly RecordOutcome[] {
  const first = records.findIndex(({ id }) => id !== undefined && failed.has(id));
  return records.map((_, i) => (first < 0 || i < first ? COMPLETED : i === first ? FAILED : AGAIN));
}
