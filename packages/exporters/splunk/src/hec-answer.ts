import { ExportError } from '@telltale/core';
import { type Answer, answerError } from '@telltale/exporter-kit';

/** What an answer of the collector means for the events of its request. */
export type HecVerdict =
  | { readonly kind: 'taken' }
  /** An event is at fault, those before it were taken, those after it not. `number` says which; whether it counts from 0 or 1 is not documented. */
  | { readonly kind: 'fault'; readonly number: number; readonly code: number; readonly reason: string }
  /** It stopped there for want of room: those before were taken. */
  | { readonly kind: 'stopped'; readonly number: number; readonly code: number; readonly error: ExportError };

interface HecReply {
  readonly text?: unknown;
  readonly code?: unknown;
  readonly 'invalid-event-number'?: unknown;
}

/** Codes of "Troubleshoot HTTP Event Collector": success, and success with a word about queues that fill. */
const TAKEN = [0, 24, 25];
/** No data, invalid data format, event field required, event field blank, error in handling indexed fields. */
const AT_FAULT = [5, 6, 12, 13, 15];
/** What people must mend in Splunk or in the options; what is recorded meanwhile is kept. */
const SET_UP: Readonly<Record<number, string>> = {
  1: 'enable the token in Settings > Data inputs > HTTP Event Collector',
  2: 'give `token`',
  3: 'check `token`: it must be the value of an HTTP Event Collector token',
  4: 'check `token`: this collector does not have it',
  7: 'allow the index for the token, or check `index`: metrics need an index of metrics, events an index of events',
  10: 'switch indexer acknowledgement off for the token: this exporter does not ask for acknowledgements',
  11: 'switch indexer acknowledgement off for the token: this exporter does not ask for acknowledgements',
  14: 'switch indexer acknowledgement off for the token: this exporter does not ask for acknowledgements',
};
const CREDENTIALS = 'check `token` and that it is enabled';

/** Throws an `ExportError` where nothing of the request was taken. */
export function hecVerdict(answer: Answer): HecVerdict {
  const { text, code, number } = replyOf(answer);
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (isSuccess && (code === undefined || TAKEN.includes(code))) return { kind: 'taken' };
  const said = `${answer.target} answered ${answer.status}${text === undefined ? '' : ` (${text}${code === undefined ? '' : `, code ${code}`})`}`;
  const mend = code === undefined ? undefined : SET_UP[code];
  if (mend !== undefined) throw new ExportError(`${said}; ${mend}`);
  if (code !== undefined && AT_FAULT.includes(code)) {
    if (number !== undefined) return { kind: 'fault', number, code, reason: said };
    throw new ExportError(said, { divisible: true, retryable: false });
  }
  const error =
    answerError(answer, {
      credentials: CREDENTIALS,
      ...(text !== undefined && { reason: code === undefined ? text : `${text}, code ${code}` }),
    }) ?? new ExportError(said);
  if (error.retryable && number !== undefined && number > 0 && code !== undefined) {
    return { kind: 'stopped', number, code, error };
  }
  throw error;
}

function replyOf(answer: Answer): { readonly text?: string; readonly code?: number; readonly number?: number } {
  try {
    const reply = JSON.parse(answer.body.toString('utf8')) as HecReply | null;
    const { text, code, 'invalid-event-number': number } = reply ?? {};
    return {
      ...(typeof text === 'string' && { text: text.slice(0, 300) }),
      ...(typeof code === 'number' && { code }),
      ...(typeof number === 'number' && Number.isInteger(number) && number >= 0 && { number }),
    };
  } catch {
    // A load balancer answers in its own words; they are in the error's message.
    return {};
  }
}
