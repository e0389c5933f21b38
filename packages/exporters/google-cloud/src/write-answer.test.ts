import { ExportError } from '@telltale/core';
import { describe, expect, it } from 'vitest';
import { writeAnswer } from './write-answer.ts';

const SUMMARY = 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary';
const ORDER =
  'Points must be written in order. One or more of the points specified had an older start time than the most recent point.';

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, body: Buffer.from(text), target: 'https://monitoring.googleapis.com/v3/x' };
}

function failed(
  message: string,
  success: number,
  errors: readonly (readonly [code: number, pointCount: number])[],
  status = 400,
) {
  const total = success + errors.reduce((sum, [, pointCount]) => sum + pointCount, 0);
  const summary = {
    '@type': SUMMARY,
    totalPointCount: total,
    ...(success > 0 && { successPointCount: success }),
    errors: errors.map(([code, pointCount]) => ({ status: { code }, pointCount })),
  };
  return answer(status, { error: { code: status, message, details: [summary] } });
}

function thrownBy(run: () => unknown): ExportError {
  try {
    run();
  } catch (error) {
    if (error instanceof ExportError) return error;
  }
  throw new Error('it threw no ExportError');
}

it('takes a success for one', () => {
  expect(writeAnswer(answer(200, {}), 3)).toEqual({});
});

describe('which series failed is read from the text', () => {
  it('of today: places and ranges of places', () => {
    const text = `One or more TimeSeries could not be written: timeSeries[0-2,5]: write for resource=generic_node{location:global} failed with: ${ORDER}`;
    expect(writeAnswer(failed(text, 6, [[3, 4]]), 10)).toMatchObject({ refused: [0, 1, 2, 5], again: [] });
  });

  it('of before: a reason, then the series', () => {
    const text = `One or more TimeSeries could not be written: ${ORDER}: global{} timeSeries[3]: workload.googleapis.com/a{b:c}; ${ORDER}: global{} timeSeries[6]: workload.googleapis.com/d{}`;
    expect(writeAnswer(failed(text, 8, [[3, 2]]), 10)).toMatchObject({ refused: [3, 6], again: [] });
  });

  it('also where nothing counts them', () => {
    const body = { error: { message: 'One or more TimeSeries could not be written: timeSeries[1]: no' } };
    expect(writeAnswer(answer(400, body), 2)).toMatchObject({ refused: [1], again: [] });
  });
});

it('says what to set when another process writes the same series', () => {
  const { reason } = writeAnswer(failed(`timeSeries[0]: failed with: ${ORDER}`, 0, [[3, 1]]), 1);
  expect(reason).toContain('give each process its own `service.instance.id` (the label task_id)');
});

it('has series that failed for reasons that pass sent again, and only those', () => {
  const text = `timeSeries[0]: failed with: ${ORDER}; timeSeries[2]: failed with: Internal error encountered. Please retry after a few seconds.`;
  expect(
    writeAnswer(
      failed(
        text,
        1,
        [
          [3, 1],
          [13, 1],
        ],
        500,
      ),
      3,
    ),
  ).toMatchObject({ refused: [0], again: [2] });
  expect(writeAnswer(failed('timeSeries[0,1]: too much', 1, [[14, 2]], 503), 3)).toMatchObject({
    refused: [],
    again: [0, 1],
  });
});

it('counts the refused where no text names them', () => {
  expect(writeAnswer(failed('some failed', 7, [[3, 3]]), 10)).toMatchObject({ refusedCount: 3 });
  expect(writeAnswer(failed('all failed', 0, [[3, 3]]), 3)).toMatchObject({ refused: [0, 1, 2] });
});

it('has all sent again where it cannot be known which failed for reasons that pass', () => {
  expect(thrownBy(() => writeAnswer(failed('some failed', 7, [[14, 3]], 503), 10))).toMatchObject({ retryable: true });
  expect(writeAnswer(failed('all failed', 0, [[14, 3]], 503), 3)).toMatchObject({ refused: [], again: [0, 1, 2] });
});

it('lets a refused request be divided that names no series', () => {
  const error = thrownBy(() => writeAnswer(answer(400, { error: { message: 'Invalid JSON payload received.' } }), 10));
  expect(error).toMatchObject({ retryable: false, divisible: true });
  expect(error.message).toBe('https://monitoring.googleapis.com/v3/x answered 400 (Invalid JSON payload received.)');
});

it('names the role where writing is not allowed', () => {
  const error = thrownBy(() =>
    writeAnswer(answer(403, { error: { message: 'Permission monitoring.timeSeries.create denied' } }), 1),
  );
  expect(error).toMatchObject({ retryable: true });
  expect(error.message).toContain('roles/monitoring.metricWriter');
});

it('passes on how long to wait, and bears answers that are not of the service', () => {
  expect(thrownBy(() => writeAnswer(answer(429, { error: {} }, { 'retry-after': '9' }), 1))).toMatchObject({
    retryAfter: 9,
  });
  for (const body of ['<html>Bad gateway</html>', 'null', '7', '{"error":"no"}', '{"error":null}']) {
    expect(thrownBy(() => writeAnswer(answer(502, body), 1))).toMatchObject({ retryable: true });
  }
});
