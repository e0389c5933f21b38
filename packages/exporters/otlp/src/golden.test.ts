import { decodeOtlp, decodeOtlpJson, demoMinute } from '@telltale-internal/backends';
import { expect, it } from 'vitest';
import { encodeLogs, encodeMetrics, encodeTraces, jsonLogs, jsonMetrics, jsonTraces } from './index.ts';

const { snapshot, spans, events } = demoMinute();

it('the recorded minute of demo traffic', async () => {
  const decoded = {
    metrics: decodeOtlp('metrics', encodeMetrics(snapshot.metrics)),
    traces: decodeOtlp('spans', encodeTraces(spans)),
    logs: decodeOtlp('events', encodeLogs(events)),
  };
  await expect(`${JSON.stringify(decoded, null, 1)}\n`).toMatchFileSnapshot('__golden__/minute.json');
});

it('the recorded minute of demo traffic is the same in JSON', () => {
  expect(decodeOtlpJson('metrics', jsonMetrics(snapshot.metrics))).toEqual(
    decodeOtlp('metrics', encodeMetrics(snapshot.metrics)),
  );
  expect(decodeOtlpJson('spans', jsonTraces(spans))).toEqual(decodeOtlp('spans', encodeTraces(spans)));
  expect(decodeOtlpJson('events', jsonLogs(events))).toEqual(decodeOtlp('events', encodeLogs(events)));
});
