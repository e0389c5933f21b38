import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { ReadableSpan, SpanProcessor } from '../index.ts';
import { testTelemetry, tracedTelemetry } from '../telemetry.test-support.ts';
import { TRACE_SDKS } from './running-sdk.test-support.ts';

/** A processor that does what it is given, and nothing else. */
function processor(own: Partial<SpanProcessor>): SpanProcessor {
  return { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {}, ...own };
}

describe.each(TRACE_SDKS.map((sdk) => [sdk.version, sdk] as const))('spanProcessors of SDK %s', (_, sdk) => {
  it("get all spans, and hand them to the SDK's exporters", async () => {
    const exporter = new sdk.InMemorySpanExporter();
    const { telemetry, clock } = testTelemetry({ spanProcessors: [sdk.batch(exporter)] });
    const started = clock.now();
    telemetry.span('outer', { kind: SpanKind.CLIENT, attributes: { sku: 'x' } }, (span) => {
      clock.advance(1.5);
      span.addEvent('half', { n: 1 });
      telemetry.span('inner', () => {});
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'too slow' });
    });
    await telemetry.flush();
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext).toEqual(outer?.spanContext());
    expect(outer).toMatchObject({
      name: 'outer',
      kind: SpanKind.CLIENT,
      attributes: { sku: 'x' },
      status: { code: SpanStatusCode.ERROR, message: 'too slow' },
      startTime: [Math.floor(started), expect.any(Number)],
      duration: [1, 500_000_000],
      ended: true,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
      instrumentationScope: { name: '@telltale/core' },
      resource: { attributes: { 'service.name': 'shop' } },
    });
    expect(outer?.events).toMatchObject([{ name: 'half', attributes: { n: 1 } }]);
  });
});

describe('spanProcessors', () => {
  it('see each span at its start, with its parent, and at its end, and may change it until then', async () => {
    const seen: unknown[] = [];
    const parents: Context[] = [];
    const spans: Span[] = [];
    const { telemetry, finished, problems } = tracedTelemetry({
      attributes: { team: 'payments' },
      spanProcessors: [
        processor({
          onStart(span, parent) {
            seen.push(['start', span.name, { ...span.attributes }, span.links.length, span.ended, span.duration]);
            parents.push(parent);
            spans.push(span);
            span.setAttribute('from.start', true);
          },
          onEnding(span) {
            seen.push(['ending', span.name, span.ended, span.isRecording()]);
            span.setAttribute('from.ending', true);
            span.end(); // says nothing new
          },
          onEnd(span) {
            seen.push(['end', span.name, span.ended, Object.keys(span.attributes)]);
            (span as ReadableSpan & Span).setAttribute('too.late', true);
          },
        }),
      ],
    });
    const link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } };
    telemetry.job('etl', { links: [link] }, () => {
      expect(trace.getSpan(telemetry.activeContext())).toBe(spans[0]);
    });
    expect(seen).toEqual([
      ['start', 'etl', { 'job.name': 'etl', team: 'payments' }, 1, false, [-1, -1]],
      ['ending', 'etl', false, true],
      ['end', 'etl', true, ['job.name', 'team', 'from.start', 'job.outcome', 'from.ending']],
    ]);
    expect(parents).toEqual([ROOT_CONTEXT]);
    const [job] = await finished();
    expect(job?.attributes).toEqual({
      'job.name': 'etl',
      team: 'payments',
      'from.start': true,
      'job.outcome': 'completed',
      'from.ending': true,
    });
    expect(problems).toEqual([]);
  });

  it('see what is recorded without being sampled, which no exporter gets, and nothing of what is not recorded', async () => {
    const flags: [string, number][] = [];
    const look = processor({ onEnd: (span) => flags.push([span.name, span.spanContext().traceFlags]) });
    const kept = tracedTelemetry({ spanProcessors: [look], sampling: { ratio: 0, keep: { slowerThan: 10 } } });
    kept.telemetry.span('recorded', () => {});
    const dropped = tracedTelemetry({ spanProcessors: [look], sampling: { ratio: 0 } });
    dropped.telemetry.span('not recorded', () => {});
    expect(flags).toEqual([['recorded', 0]]);
    expect([await kept.finished(), await dropped.finished()]).toEqual([[], []]);
  });

  it('that fail are told once each, and disturb neither the service nor one another', async () => {
    class Broken implements SpanProcessor {
      onStart(): never {
        throw new Error('start');
      }
      onEnding(): never {
        throw new Error('ending');
      }
      onEnd(): never {
        throw new Error('end');
      }
      forceFlush(): never {
        throw new Error('flush');
      }
      async shutdown(): Promise<never> {
        throw new Error('shutdown');
      }
    }
    const seen: string[] = [];
    const { telemetry, finished, problems } = tracedTelemetry({
      spanProcessors: [new Broken(), processor({ onEnd: (span) => seen.push(span.name) })],
    });
    for (const name of ['a', 'b']) telemetry.span(name, () => {});
    expect((await finished()).map(({ name }) => name)).toEqual(['a', 'b']);
    await telemetry.shutdown();
    expect(seen).toEqual(['a', 'b']);
    expect(problems.map(({ message }) => message)).toEqual(
      [
        ['onStart', 'start'],
        ['onEnding', 'ending'],
        ['onEnd', 'end'],
        ['forceFlush', 'flush'],
        ['shutdown', 'shutdown'],
      ].map(([method, message]) => `The span processor Broken failed in ${method}: ${message}`),
    );
  });

  it('are flushed and ended with telemetry, once, within its time', async () => {
    const calls: string[] = [];
    const { telemetry, clock, problems } = testTelemetry({
      shutdown: { signals: false, timeout: 4 },
      spanProcessors: [
        processor({
          forceFlush: async () => void calls.push('flush'),
          shutdown: () => {
            calls.push('shutdown');
            return new Promise(() => {}); // never
          },
        }),
      ],
    });
    await telemetry.flush();
    await telemetry.tracerProvider.forceFlush();
    const ended = telemetry.shutdown();
    while (calls.length < 3) await Promise.resolve();
    clock.advance(4);
    await ended;
    await telemetry.tracerProvider.shutdown();
    expect(calls).toEqual(['flush', 'flush', 'shutdown']);
    expect(problems.map(({ message }) => message)).toEqual([
      'The span processor Object failed in shutdown: shutdown() did not settle within 4 s',
    ]);
  });

  it.each([
    [new Map(), '"spanProcessors" is of type object; give an array'],
    [null, '"spanProcessors" is null; give an array'],
    [[{ export() {}, shutdown() {} }], '"spanProcessors[0]" has no onStart()'],
    [[null], '"spanProcessors[0]" has no onStart()'],
  ])('are refused with a word: %o', (spanProcessors, message) => {
    expect(() => testTelemetry({ spanProcessors: spanProcessors as never })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
