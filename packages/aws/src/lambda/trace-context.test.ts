import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { eachRecord, lambdaTelemetry } from '../index.ts';
import { busEvent, httpApiEvent, restApiEvent, snsEvent, sqsEvent, sqsRecord } from './lambda-events.test-support.ts';
import { type AnyHandler, contextOf, observed } from './observed.test-support.ts';
import { sampledXrayContext } from './x-ray-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const PARENT = `00-${TRACE}-${SPAN}-01`;
const other = (n: number) => `00-${String(n).repeat(32)}-${String(n).repeat(16)}-01`;
const XRAY_TRACE = '5759e988bd862e3fe1be46a994272793';
const XRAY = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0';

afterEach(() => void vi.unstubAllEnvs());

async function spansOf(event: unknown, xray?: string) {
  vi.stubEnv('_X_AMZN_TRACE_ID', xray);
  const { telemetry, memory } = observed();
  await lambdaTelemetry<AnyHandler>(telemetry, async () => {})(event, contextOf());
  return memory.spans;
}

test.each([
  ['an HTTP header', httpApiEvent('GET /', undefined, { traceparent: PARENT })],
  ['a header in capitals', restApiEvent('GET', '/', undefined, { Traceparent: PARENT })],
  ['an attribute of the only message', sqsEvent(sqsRecord('1', { traceparent: PARENT }))],
  ['an attribute of a notification', snsEvent({}, PARENT)],
  ['the detail of an event', busEvent('Sold', { traceparent: PARENT })],
  ['headers in the detail', busEvent('Sold', { headers: { traceparent: PARENT }, sku: 1 })],
  [
    'a notification in a queue',
    sqsEvent(
      sqsRecord('1', {
        body: { Type: 'Notification', MessageAttributes: { traceparent: { Type: 'String', Value: PARENT } } },
      }),
    ),
  ],
])('the trace goes on from %s, before that of X-Ray', async (_, event) => {
  for (const xray of [undefined, XRAY]) {
    const spans = await spansOf(event, xray);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(spans.at(-1)).toMatchObject({ parentSpanId: SPAN });
  }
});

test('X-Ray is the parent where the event has none, and it is sampled', async () => {
  for (const event of [{}, httpApiEvent('GET /'), busEvent('Sold', {}), sqsEvent(sqsRecord('1'))]) {
    expect((await spansOf(event, XRAY)).at(-1)).toMatchObject({
      traceId: XRAY_TRACE,
      parentSpanId: '53995c3f42cd8ad8',
    });
    for (const none of [
      undefined,
      '',
      XRAY.replace('Sampled=1', 'Sampled=0'),
      XRAY.replace(';Sampled=1', ''),
      'Root=1-bad',
    ]) {
      expect((await spansOf(event, none)).at(-1)?.parentSpanId).toBeUndefined();
    }
  }
});

test('the header of the invocation counts, not that of the process, where there are several at once', async () => {
  vi.stubEnv('AWS_LAMBDA_MAX_CONCURRENCY', '8');
  expect((await spansOf({}, XRAY))[0]?.parentSpanId).toBeUndefined();
  vi.stubEnv('_X_AMZN_TRACE_ID', undefined);
  const { telemetry, memory } = observed();
  await lambdaTelemetry<AnyHandler>(telemetry, async () => {})({}, Object.assign(contextOf(), { xRayTraceId: XRAY }));
  await telemetry.flush();
  expect(memory.spans).toMatchObject([{ traceId: XRAY_TRACE }]);
});

test('a batch is linked to where its messages come from, each once; a job to its own', async () => {
  const records = [other(1), other(2), other(1), undefined].map((traceparent, i) =>
    sqsRecord(`${i}`, traceparent === undefined ? {} : { traceparent }),
  );
  const xray = sqsRecord('x', { xray: XRAY });
  const spans = await spansOf(sqsEvent(...records, xray));
  const linksOf = (i: number) => spans[i]?.links.map(({ context }) => context.traceId);
  expect(linksOf(5)).toEqual(['1'.repeat(32), '2'.repeat(32), XRAY_TRACE]);
  expect([0, 1, 2, 3, 4].map(linksOf)).toEqual([
    ['1'.repeat(32)],
    ['2'.repeat(32)],
    ['1'.repeat(32)],
    [],
    [XRAY_TRACE],
  ]);
  expect(spans[5]?.parentSpanId).toBeUndefined();
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const { telemetry, memory } = observed();
  await lambdaTelemetry(
    telemetry,
    eachRecord(telemetry, () => {}),
  )(sqsEvent(...records, xray), contextOf());
  expect(memory.spans.filter(({ links }) => links.length > 0)).toHaveLength(5);
});

test('the header is read as OpenTelemetry reads it', () => {
  const hex = (length: number) =>
    fc
      .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
      .map((digits) => digits.join(''));
  const root = fc.oneof(
    fc.tuple(hex(8), hex(24)).map(([a, b]) => `1-${a}-${b}`),
    fc.string(),
    hex(32).map((id) => `1-${id}`),
  );
  const field = fc.oneof(
    root.map((value) => `Root=${value}`),
    fc.oneof(hex(16), hex(15), fc.constant('0'.repeat(16))).map((value) => `Parent=${value}`),
    fc.constantFrom('Sampled=1', 'Sampled=0', 'Self=1-2-3', '', '=', 'Lineage=a'),
  );
  const whole = fc.tuple(hex(8), hex(24), hex(16)).map(([a, b, c]) => [`Root=1-${a}-${b}`, `Parent=${c}`, 'Sampled=1']);
  const propagator = new AWSXRayPropagator();
  fc.assert(
    fc.property(fc.oneof(fc.uniqueArray(field, { selector: (text) => text.split('=')[0] }), whole), (fields) => {
      const header = fields.join(';');
      const getter = { keys: () => ['x-amzn-trace-id'], get: () => header };
      const theirs = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, {}, getter));
      const isSampled = theirs !== undefined && theirs.traceFlags === 1;
      expect(sampledXrayContext(header)).toEqual(
        isSampled ? expect.objectContaining({ traceId: theirs.traceId, spanId: theirs.spanId }) : undefined,
      );
    }),
    { numRuns: 500 },
  );
  expect(sampledXrayContext(undefined)).toBeUndefined();
  expect(sampledXrayContext(`${XRAY};${'x'.repeat(3000)}`)).toBeUndefined();
});
