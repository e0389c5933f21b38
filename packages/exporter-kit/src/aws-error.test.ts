import { ExportError } from '@telltale/core';
import { expect, test } from 'vitest';
import { awsError } from './index.ts';

const hints = { service: 'CloudWatch', action: 'cloudwatch:PutMetricData', region: 'eu-west-9' };

/** As the AWS SDK throws what a service answered. */
function answered(name: string, status: number, headers: Record<string, string> = {}): Error {
  const error = Object.assign(new Error(`${name} it is`), { name, $metadata: { httpStatusCode: status } });
  return Object.defineProperty(error, '$response', { value: { statusCode: status, headers }, enumerable: false });
}

function failed(code: string, name = 'Error'): Error {
  return Object.assign(new Error(`failed with ${code}`), { code, name });
}

test.each([
  ['InvalidParameterValueException', 400],
  ['InvalidParameterCombination', 400],
  ['RequestEntityTooLarge', 413],
  ['ValidationException', 422],
  ['SyntaxError', 400],
])('%s with status %d blames the payload', (name, status) => {
  expect(awsError(answered(name, status), hints)).toMatchObject({ retryable: false, divisible: true });
});

test.each([
  ['ThrottlingException', 400],
  ['Throttling', 400],
  ['LimitExceededException', 400],
  ['OperationAbortedException', 400],
  ['RequestLimitExceeded', 503],
  ['TooManyRequestsException', 429],
  ['InternalServiceFault', 500],
  ['UnknownOperationException', 404],
  ['RequestTimeout', 408],
  ['Error', 502],
])('%s with status %d is tried again', (name, status) => {
  expect(awsError(answered(name, status), hints)).toMatchObject({ retryable: true, divisible: false });
});

test.each([
  ['AccessDeniedException', 400, '; allow cloudwatch:PutMetricData to the user or role whose credentials are used'],
  ['UnrecognizedClientException', 400, '; check that the credentials are valid, not expired'],
  ['ExpiredTokenException', 403, '; check that the credentials are valid, not expired'],
  ['InvalidSignatureException', 403, '; check that the credentials are valid, not expired'],
  ['SomethingElse', 403, '; check that the credentials are valid, not expired'],
  ['RequestTimeTooSkewed', 400, '; check the clock of this machine'],
])('%s with status %d is mended from outside, so the data is kept', (name, status, hint) => {
  const error = awsError(answered(name, status), hints);
  expect(error).toMatchObject({ retryable: true, divisible: false });
  expect(error.message).toContain(`CloudWatch in eu-west-9 answered ${status} ${name} (${name} it is)${hint}`);
});

test('the pause that was asked for is passed on', () => {
  expect(awsError(answered('ThrottlingException', 429, { 'retry-after': '7' }), hints).retryAfter).toBe(7);
  expect(awsError(answered('ThrottlingException', 429), hints).retryAfter).toBeUndefined();
});

test('a region that is not found is named', () => {
  const cause = failed('ENOTFOUND');
  const error = awsError(new ExportError('https://x could not be reached (ENOTFOUND)', { cause }), hints);
  const hint = '; check the region "eu-west-9": AWS may have none of that name, or not this service in it';
  expect(error.message).toBe(`https://x could not be reached (ENOTFOUND)${hint}`);
  expect(error).toMatchObject({ retryable: true, outcomeUnknown: false });
  expect(awsError(cause, { ...hints, sent: true }).message).toContain(hint);
  expect(awsError(cause, { ...hints, region: undefined }).message).toContain('; check the region, and that');
});

test('what the network says of a request that was sent is of unknown outcome, of one that was not it is known', () => {
  const unsure = new ExportError('no answer', { outcomeUnknown: true });
  expect(awsError(unsure, hints)).toBe(unsure);
  expect(awsError(failed('ECONNRESET'), { ...hints, sent: true })).toMatchObject({ outcomeUnknown: true });
  expect(awsError(failed('ECONNRESET'), { ...hints, sent: false })).toMatchObject({ outcomeUnknown: false });
  expect(awsError(answered('SyntaxError', 200), hints)).toMatchObject({ outcomeUnknown: true });
});

test('without credentials or region it says how to give them', () => {
  expect(awsError(failed('', 'CredentialsProviderError'), hints).message).toContain('; give this service a role');
  expect(awsError(new Error('Region is missing'), hints).message).toContain('; pass `region` or set AWS_REGION');
});

test.each([undefined, null, 'text', 7, {}])('%j thrown is an error as well', (thrown) => {
  expect(awsError(thrown, hints)).toBeInstanceOf(ExportError);
});
