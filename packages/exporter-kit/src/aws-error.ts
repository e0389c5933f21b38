import { ExportError, messageOf } from '@telltale/core';
import { retryAfterOf } from './answer-error.ts';

/** What the messages about a call to AWS name. */
export interface AwsErrorHints {
  /** `CloudWatch`. */
  readonly service: string;
  /** The IAM action that the call needs: `cloudwatch:PutMetricData`. */
  readonly action: string;
  /** Where the call goes, as far as it is known. */
  readonly region?: string | undefined;
  /** The body of the request had been handed to the network when it failed without an answer. */
  readonly sent?: boolean;
}

/** What errors of the AWS SDK have in common; `$response` is what came over the wire. */
interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/** Names as AWS has them for throttling (AWS SDK reference, "Retry behavior") and for what is busy, besides the statuses 429 and 503. */
const THROTTLING =
  /^(Throttl|RequestThrottl|TooManyRequests|RequestLimitExceeded|BandwidthLimitExceeded|LimitExceeded|ProvisionedThroughputExceeded|PriorRequestNotComplete|SlowDown|TransactionInProgress|OperationAborted)/;
/** "Common Errors" of the services' API references. */
const DENIED = /^(AccessDenied|NotAuthorized|OptInRequired)/;
const CREDENTIALS =
  /^(UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken|IncompleteSignature|MissingAuthenticationToken|InvalidAccessKeyId|InvalidToken)/;
const CLOCK = /^(RequestExpired|RequestTimeTooSkewed|RequestInTheFuture)/;
const AT_FAULT = [400, 413, 422];
const MAX_REASON = 300;

/** What a failed call of a client of the AWS SDK means for the batch. Structural: it needs no SDK, and fits any version of it. */
export function awsError(error: unknown, hints: AwsErrorHints): ExportError {
  const { name = '', $metadata, $response } = (error ?? {}) as Partial<SdkError>;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (status === undefined) return unanswered(error, hints);
  const reason = messageOf(error).replaceAll(/\s+/g, ' ').trim().slice(0, MAX_REASON);
  const message = `${placeOf(hints)} answered ${status} ${name === 'Error' ? '' : name} (${reason})`.replace('  ', ' ');
  // An answer that says yes in words that cannot be read: it may have been taken.
  if (status < 300) return new ExportError(message, { cause: error, outcomeUnknown: true });
  const retryAfter = retryAfterOf($response?.headers?.['retry-after']);
  const hint = hintOf(name, status, hints);
  const divisible = hint === '' && AT_FAULT.includes(status) && !THROTTLING.test(name);
  return new ExportError(`${message}${hint}`, {
    cause: error,
    retryable: !divisible,
    divisible,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

/** What is mended from outside: in all these cases the data is kept. */
function hintOf(name: string, status: number, { action }: AwsErrorHints): string {
  if (DENIED.test(name)) return `; allow ${action} to the user or role whose credentials are used`;
  if (CLOCK.test(name)) return "; check the clock of this machine, which must agree with AWS's within five minutes";
  if (CREDENTIALS.test(name) || status === 401 || status === 403) {
    return `; check that the credentials are valid, not expired and of this partition, and allow ${action}`;
  }
  return '';
}

/** There is no answer: it did not get as far as a request, or the network failed. */
function unanswered(error: unknown, hints: AwsErrorHints): ExportError {
  if (error instanceof ExportError) {
    const code = (error.cause as Partial<SdkError> | undefined)?.code;
    if (code !== 'ENOTFOUND') return error;
    return new ExportError(`${error.message}${regionHint(hints)}`, { cause: error.cause });
  }
  const { name, code } = (error ?? {}) as Partial<SdkError>;
  const message = `${placeOf(hints)} could not be asked: ${messageOf(error)}`;
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return new ExportError(
      `${message}; give this service a role (ECS task, EC2 instance, Lambda, EKS), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass \`credentials\``,
      { cause: error },
    );
  }
  if (/region is missing/i.test(messageOf(error))) {
    return new ExportError(`${message}; pass \`region\` or set AWS_REGION`, { cause: error });
  }
  if (code === 'ENOTFOUND') return new ExportError(`${message}${regionHint(hints)}`, { cause: error });
  if (hints.sent) {
    return new ExportError(`${placeOf(hints)} gave no answer (${messageOf(error)})`, {
      cause: error,
      outcomeUnknown: true,
    });
  }
  return new ExportError(message, { cause: error });
}

function placeOf({ service, region }: AwsErrorHints): string {
  return region === undefined ? service : `${service} in ${region}`;
}

function regionHint({ region }: AwsErrorHints): string {
  return region === undefined
    ? '; check the region, and that this machine resolves names'
    : `; check the region "${region}": AWS may have none of that name, or not this service in it`;
}
