import { ExportError } from '@telltale/core';
import { type Answer, answerError, type ParcelAnswer } from '@telltale/exporter-kit';

/** What lets a service write metrics; ends the sentences about refused credentials. */
const METRICS_ROLE = 'grant the service account roles/monitoring.metricWriter in the project';

/** google.rpc.Code: deadline exceeded, resource exhausted, internal, unavailable. */
const PASSING_CODES = [4, 8, 10, 13, 14];
const PASSING_WORDS = /internal error|unavailable|please retry|try again|deadline/i;
const ORDER_WORDS = /must be written in order|written more frequently/i;
const SUMMARY = 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary';
/** Both forms in which the answer's text names series: `timeSeries[3]`, `timeSeries[0-2,7]`. */
const NAMED = /timeSeries\[([\d\s,-]+)\]/g;

interface Summary {
  readonly totalPointCount?: number;
  readonly successPointCount?: number;
  readonly errors?: readonly { readonly status?: { readonly code?: number }; readonly pointCount?: number }[];
}

interface ErrorBody {
  readonly error?: {
    readonly message?: string;
    readonly details?: readonly (Summary & { readonly '@type'?: string })[];
  };
}

/**
 * What an answer of timeSeries.create says of each series. A failed request may have written some of them: its text names the others by their
 * places, its details count them. Throws where no series is named: then nothing of it was written, or it cannot be known what.
 */
export function writeAnswer(answer: Answer, total: number): ParcelAnswer {
  if (answer.status >= 200 && answer.status < 300) return {};
  const { message, details = [] } = bodyOf(answer);
  const failure = answerError(answer, {
    credentials: METRICS_ROLE,
    ...(message !== undefined && { reason: message }),
  }) as ExportError;
  const summary = details.find((detail) => detail['@type'] === SUMMARY);
  const named = namedIn(message ?? '', total);
  if (summary === undefined && named.size === 0) throw failure;
  const reason = `${failure.message}${hintOf(message ?? '')}`;
  const { retryAfter } = failure;
  const rest = { reason, ...(retryAfter !== undefined && { retryAfter }) };
  const failed = summary === undefined ? named.size : failedIn(summary, total);
  if (named.size !== failed) {
    // Which failed is not told. All did, or it is their number that is known.
    if (failed < total && !isPassing(summary, message)) return { ...rest, refusedCount: failed };
    if (failed < total) throw new ExportError(reason, { ...(retryAfter !== undefined && { retryAfter }) });
    for (let i = 0; i < total; i++) if (!named.has(i)) named.set(i, isPassing(summary, message));
  }
  const places = [...named];
  const allPassing = summary !== undefined && isPassing(summary, undefined);
  return {
    ...rest,
    refused: places.filter(([, passing]) => !(passing || allPassing)).map(([i]) => i),
    again: places.filter(([, passing]) => passing || allPassing).map(([i]) => i),
  };
}

function failedIn({ totalPointCount, successPointCount = 0, errors }: Summary, total: number): number {
  const counted = (totalPointCount ?? total) - successPointCount;
  const listed = errors?.reduce((sum, { pointCount = 0 }) => sum + pointCount, 0) ?? 0;
  return Math.min(total, Math.max(counted, listed));
}

/** Places of series with whether what befell them passes. What is said of a series stands around its name, up to the next semicolon. */
function namedIn(message: string, total: number): Map<number, boolean> {
  const places = new Map<number, boolean>();
  for (const part of message.split(';')) {
    for (const [, list = ''] of part.matchAll(NAMED)) {
      for (const range of list.split(',')) {
        const [from = Number.NaN, to = from] = range.split('-').map((text) => Number.parseInt(text, 10));
        for (let i = from; i <= to && i < total; i++) places.set(i, PASSING_WORDS.test(part));
      }
    }
  }
  return places;
}

function isPassing(summary: Summary | undefined, message: string | undefined): boolean {
  const codes = summary?.errors?.map(({ status }) => status?.code ?? 0) ?? [];
  if (codes.length > 0) return codes.every((code) => PASSING_CODES.includes(code));
  return PASSING_WORDS.test(message ?? '');
}

/** Who reads of points out of order must learn what to set. */
function hintOf(message: string): string {
  if (!ORDER_WORDS.test(message)) return '';
  return (
    '; another process writes the same series: give each process its own `service.instance.id` (the label task_id), or, with ' +
    '`monitoredResource`, a label that differs in each'
  );
}

function bodyOf(answer: Answer): NonNullable<ErrorBody['error']> {
  try {
    const { error } = JSON.parse(answer.body.toString('utf8')) as ErrorBody;
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    // A proxy answers in its own words; they are in the error's message.
    return {};
  }
}
