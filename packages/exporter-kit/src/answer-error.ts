import { ExportError } from '@telltale/core';
import type { Answer } from './http-client.ts';

export interface AnswerErrorOptions {
  /** What to look at when the backend refuses the credentials (401, 403): `check DD_API_KEY and \`site\``. */
  readonly credentials?: string;
  /** The backend's own words about the failure; default: the beginning of the body. */
  readonly reason?: string;
}

/** Credentials, addresses and time-outs are mended from outside, so what was recorded meanwhile is kept. */
const TRIED_AGAIN = [401, 403, 404, 407, 408, 425, 429];
const MAX_REASON = 300;

/** What an answer that is no success means for the batch: throw it. `undefined` for a success. */
export function answerError(answer: Answer, options: AnswerErrorOptions = {}): ExportError | undefined {
  const { status, target } = answer;
  if (status >= 200 && status < 300) return undefined;
  const reason = (options.reason ?? answer.body.toString('utf8')).replaceAll(/\s+/g, ' ').trim().slice(0, MAX_REASON);
  const hint =
    (status === 401 || status === 403) && options.credentials !== undefined ? `; ${options.credentials}` : '';
  const retryAfter = retryAfterOf(answer.headers['retry-after']);
  const retryable = status >= 500 || status < 400 || TRIED_AGAIN.includes(status);
  return new ExportError(`${target} answered ${status}${reason === '' ? '' : ` (${reason})`}${hint}`, {
    retryable,
    divisible: !retryable,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

/** Seconds, of a number of seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}
