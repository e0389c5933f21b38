import { ExportError } from '@telltale/core';
import { expect, it } from 'vitest';
import { hecVerdict } from './hec-answer.ts';

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: Buffer.from(text), target: 'https://splunk:8088/services/collector' };
}

function thrownBy(status: number, body: unknown, headers?: Readonly<Record<string, string>>): ExportError {
  try {
    hecVerdict(answer(status, body, headers));
  } catch (error) {
    if (error instanceof ExportError) return error;
  }
  throw new Error('it threw no ExportError');
}

for (const code of [0, 24, 25]) {
  it(`takes code ${code} for a success`, () => {
    expect(hecVerdict(answer(200, { text: 'Success', code }))).toEqual({ kind: 'taken' });
  });
}

it('takes a success without words for one', () => {
  expect(hecVerdict(answer(200, ''))).toEqual({ kind: 'taken' });
});

for (const code of [5, 6, 12, 13, 15]) {
  it(`blames an event for code ${code}, or the request where it does not say which`, () => {
    const verdict = hecVerdict(answer(400, { text: 'Bad', code, 'invalid-event-number': 4 }));
    expect(verdict).toMatchObject({
      kind: 'fault',
      number: 4,
      code,
      reason: expect.stringContaining(`(Bad, code ${code})`),
    });
    expect(thrownBy(400, { text: 'Bad', code })).toMatchObject({ retryable: false, divisible: true });
  });
}

it('blames an event also where the status is a success', () => {
  expect(hecVerdict(answer(200, { text: 'Bad', code: 6, 'invalid-event-number': 0 }))).toMatchObject({ kind: 'fault' });
});

for (const [status, code, sentence] of [
  [403, 1, /enable the token/],
  [401, 3, /check `token`/],
  [403, 4, /this collector does not have it/],
  [400, 7, /allow the index for the token, or check `index`: metrics need an index of metrics/],
  [400, 10, /switch indexer acknowledgement off/],
] as const) {
  it(`keeps the data over code ${code}, and says what to mend`, () => {
    const error = thrownBy(status, { text: 'No', code, 'invalid-event-number': 1 });
    expect(error).toMatchObject({ retryable: true, divisible: false });
    expect(error.message).toMatch(sentence);
  });
}

it('waits as long as a busy collector says, and keeps what it took', () => {
  expect(thrownBy(503, { text: 'Server is busy', code: 9 }, { 'retry-after': '3' })).toMatchObject({
    retryable: true,
    retryAfter: 3,
  });
  const verdict = hecVerdict(answer(503, { text: 'Server is busy', code: 9, 'invalid-event-number': 10 }));
  expect(verdict).toMatchObject({ kind: 'stopped', number: 10, code: 9 });
  expect(thrownBy(503, { text: 'Server is busy', code: 9, 'invalid-event-number': 0 })).toMatchObject({
    retryable: true,
  });
});

it('bears answers that are not of the collector', () => {
  for (const body of ['<html>Bad gateway</html>', 'null', '7', '[]', '{"code":"x"}']) {
    expect(thrownBy(502, body)).toMatchObject({ retryable: true });
  }
  expect(thrownBy(413, 'too big')).toMatchObject({ divisible: true });
  expect(thrownBy(404, { text: 'The requested URL was not found on this server.', code: 404 })).toMatchObject({
    retryable: true,
  });
});
