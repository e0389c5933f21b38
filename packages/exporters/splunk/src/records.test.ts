import { contextOf, SAMPLE_START, sampleEvents, sampleSpans } from '@telltale/testing';
import { expect, it } from 'vitest';
import { splunkUnderTest } from './backend.test-support.ts';

const identity = {
  'service.name': 'checkout',
  'service.version': '1.4.0',
  'deployment.environment.name': 'production',
};

it('a span is an event at its start, with what belongs to it and nothing that is missing', async () => {
  const { exporter, backend } = await splunkUnderTest({ index: 'traces' });
  await exporter.exportSpans?.(sampleSpans(), contextOf());
  expect(backend.events()[0]).toEqual({
    time: SAMPLE_START,
    host: 'host-1',
    source: 'checkout',
    sourcetype: 'telltale:span',
    index: 'traces',
    event: {
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: '00f067aa0ba902b7',
      parent_span_id: '53995c3f42cd8ad8',
      trace_state: 'vendor=opaque',
      name: 'GET /orders/:id',
      kind: 'server',
      start_time: SAMPLE_START,
      end_time: SAMPLE_START + 0.25,
      duration: 0.25,
      status: 'error',
      status_message: 'no "such" order',
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/orders/:id',
        'http.response.status_code': 500,
        cached: false,
      },
      events: [expect.objectContaining({ name: 'exception', time: SAMPLE_START + 0.2 })],
      scope: 'sample',
      resource: identity,
    },
  });
  expect(backend.events()[3]?.event).toMatchObject({
    links: [
      { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', span_id: 'b7ad6b7169203331', attributes: { why: 'cause' } },
    ],
    dropped: { attributes: 1, events: 2, links: 3 },
    duration: 3600,
  });
  expect(Object.keys(backend.events()[1]?.event as object)).not.toContain('links');
});

it('the end of an operation is an event', async () => {
  const { exporter, backend } = await splunkUnderTest();
  await exporter.exportEvents?.(sampleEvents(), contextOf());
  expect(backend.events()[1]).toEqual({
    time: SAMPLE_START + 2,
    host: 'host-1',
    source: 'checkout',
    sourcetype: 'telltale:event',
    event: {
      type: 'end',
      kind: 'job',
      name: 'nightly-etl',
      outcome: 'failed',
      start_time: SAMPLE_START,
      duration: 2,
      error: { type: 'TypeError', message: 'x is "undefined"\nsecond line' },
      attributes: { 'job.name': 'nightly-etl', 'job.outcome': 'failed' },
      resource: identity,
    },
  });
});

it('halves of characters are replaced, whole ones and backslashes are kept', async () => {
  const { exporter, backend } = await splunkUnderTest();
  const [event] = sampleEvents();
  const attributes = { 'a\ud800': 'b\udfff', path: 'C:\\ud800\\', smile: '\u{1F389}' };
  await exporter.exportEvents?.([{ ...event!, attributes }], contextOf());
  expect(backend.events()[0]?.event).toHaveProperty('attributes', {
    'a\ufffd': 'b\ufffd',
    path: 'C:\\ud800\\',
    smile: '\u{1F389}',
  });
});

it('requests hold 1,000 events and 1 MB at most', async () => {
  const { exporter, backend } = await splunkUnderTest();
  const [event] = sampleEvents();
  const many = Array.from({ length: 1500 }, (_, i) => ({ ...event!, name: `request ${i}` }));
  await exporter.exportEvents?.(many, contextOf());
  expect(backend.server.requests()).toBe(2);
  const big = Array.from({ length: 3 }, (_, i) => ({
    ...event!,
    name: String(i),
    attributes: { text: 'x'.repeat(400_000) },
  }));
  await exporter.exportEvents?.(big, contextOf());
  expect(backend.server.requests()).toBe(4);
  const context = contextOf();
  const huge = { ...event!, attributes: { text: 'x'.repeat(1_000_000) } };
  expect(await exporter.exportEvents?.([...big.slice(0, 1), huge], context)).toMatchObject({
    accepted: 1,
    rejected: 1,
  });
  expect([...context.refused]).toEqual([huge]);
});
