import { type Context, createTraceState, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { SpanProcessor, SpanSampler } from '../index.ts';
import { tracedTelemetry } from '../telemetry.test-support.ts';
import { TRACE_SDKS } from './running-sdk.test-support.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

function remote(flags: '00' | '01', more: Record<string, string> = {}): Record<string, string> {
  return { traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}`, ...more };
}

/** A sampler that decides as it is told, and the telemetry with it. */
function sampledBy(shouldSample: SpanSampler['shouldSample'], spanProcessors: readonly SpanProcessor[] = []) {
  return tracedTelemetry({ sampling: { sampler: { shouldSample } }, spanProcessors });
}

describe.each(TRACE_SDKS.map((sdk) => [sdk.version, sdk] as const))('samplers of SDK %s', (_, sdk) => {
  const { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, TraceIdRatioBasedSampler } = sdk;

  it.each([
    ['AlwaysOn', new AlwaysOnSampler(), ['root', 'child', 'of sampled', 'of unsampled']],
    ['AlwaysOff', new AlwaysOffSampler(), []],
    ['ParentBased', new ParentBasedSampler({ root: new AlwaysOffSampler() }), ['of sampled']],
    ['TraceIdRatioBased of 1', new TraceIdRatioBasedSampler(1), ['root', 'child', 'of sampled', 'of unsampled']],
    ['TraceIdRatioBased of 0', new TraceIdRatioBasedSampler(0), []],
  ])('%s decides on each span', async (_name, sampler, expected) => {
    const { telemetry, finished } = tracedTelemetry({ sampling: { sampler } });
    telemetry.span('root', () => telemetry.span('child', () => {}));
    for (const [name, flags] of [
      ['of sampled', '01'],
      ['of unsampled', '00'],
    ] as const) {
      telemetry.withContext(telemetry.extract(remote(flags)), () => telemetry.span(name, () => {}));
    }
    expect((await finished()).map(({ name }) => name).sort()).toEqual([...expected].sort());
  });

  it('TraceIdRatioBased takes the share of the traces, whole', async () => {
    const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.5) });
    const { telemetry, finished } = tracedTelemetry({ sampling: { sampler } });
    for (let i = 0; i < 400; i++) telemetry.span('root', () => telemetry.span('child', () => {}));
    const spans = await finished();
    const roots = spans.filter(({ name }) => name === 'root');
    expect(roots.length).toBeGreaterThan(120);
    expect(roots.length).toBeLessThan(280);
    expect(spans).toHaveLength(2 * roots.length);
  });

  it("an id generator's ids are used", async () => {
    const { telemetry, finished } = tracedTelemetry({
      idGenerator: new sdk.RandomIdGenerator(),
    });
    telemetry.span('a', () => {});
    expect((await finished())[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('sampling.sampler', () => {
  it('is asked with all that is known of the span', () => {
    const asked: unknown[][] = [];
    const { telemetry } = sampledBy((...args) => {
      asked.push(args);
      return { decision: 2 };
    });
    const link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } };
    const parent = telemetry.extract(remote('01'));
    const tracer = telemetry.tracerProvider.getTracer('lib');
    tracer.startSpan('a', { kind: SpanKind.PRODUCER, attributes: { sku: 'x' }, links: [link] }, parent);
    tracer.startSpan('b', { root: true }, parent);
    telemetry.job('etl', { parent, links: [link] }).end('completed');
    const [a, b, job] = asked;
    expect(a).toEqual([parent, TRACE_ID, 'a', SpanKind.PRODUCER, { sku: 'x' }, [link]]);
    expect(trace.getSpan(b?.[0] as Context)).toBeUndefined();
    expect(b?.[1]).not.toBe(TRACE_ID);
    expect(job).toEqual([parent, TRACE_ID, 'etl', SpanKind.INTERNAL, { 'job.name': 'etl' }, [link]]);
  });

  it('is asked with what a span can hold, and may keep it', () => {
    const asked: unknown[][] = [];
    const { telemetry } = sampledBy((...args) => {
      asked.push(args.slice(4));
      return { decision: 2 };
    });
    const attributes = { sku: 'x', '': 'no key', when: new Date(), none: undefined } as never;
    const link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }, attributes };
    telemetry.span('a', { attributes, links: [link] }, (span) => span.setAttribute('later', 1));
    expect(asked).toEqual([[{ sku: 'x' }, [{ ...link, attributes: { sku: 'x' } }]]]);
  });

  it('may add attributes and change the trace state', async () => {
    const { telemetry, finished } = sampledBy(() => ({
      decision: 2,
      attributes: Object.freeze({ 'sampler.rule': 7, sku: 'by the sampler' }),
      traceState: createTraceState('vendor=1'),
    }));
    const headers: Record<string, string> = {};
    telemetry.withContext(telemetry.extract(remote('01', { tracestate: 'old=1' })), () =>
      telemetry.span('a', { attributes: { sku: 'x' } }, () => telemetry.inject(headers)),
    );
    expect(headers.tracestate).toBe('vendor=1');
    const [span] = await finished();
    expect(span).toMatchObject({ attributes: { 'sampler.rule': 7, sku: 'by the sampler' }, traceState: 'vendor=1' });
  });

  it('leaves the trace state as it came where it does not change it, sampled or not', () => {
    for (const decision of [0, 1, 2]) {
      const { telemetry } = sampledBy(() => ({ decision }));
      const headers: Record<string, string> = {};
      telemetry.withContext(telemetry.extract(remote('01', { tracestate: 'old=1' })), () =>
        telemetry.span('a', () => telemetry.inject(headers)),
      );
      expect(headers.tracestate).toBe('old=1');
      expect(headers.traceparent).toMatch(
        new RegExp(`^00-${TRACE_ID}-(?!${SPAN_ID})[0-9a-f]{16}-0${decision === 2 ? 1 : 0}$`),
      );
    }
  });

  it('may have spans recorded for processors alone', async () => {
    const seen: unknown[] = [];
    const look: SpanProcessor = {
      onStart: (span) => seen.push(['start', span.name]),
      onEnd: (span) => seen.push(['end', span.name, span.spanContext().traceFlags, span.attributes]),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const decisions: Record<string, number> = { dropped: 0, recorded: 1, sampled: 2 };
    const { telemetry, finished } = sampledBy((_, __, name) => ({ decision: decisions[name] ?? 0 }), [look]);
    for (const name of Object.keys(decisions)) {
      telemetry.span(name, (span) => {
        seen.push([name, span.isRecording()]);
        span.setAttribute('n', 1);
      });
    }
    expect(seen).toEqual([
      ['dropped', false],
      ['start', 'recorded'],
      ['recorded', true],
      ['end', 'recorded', 0, { n: 1 }],
      ['start', 'sampled'],
      ['sampled', true],
      ['end', 'sampled', 1, { n: 1 }],
    ]);
    expect((await finished()).map(({ name }) => name)).toEqual(['sampled']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
      '"sampling.sampler" threw: no idea; such spans are not recorded.',
    ],
    [
      'gives nothing',
      () => undefined,
      '"sampling.sampler" gave what is no sampling result; such spans are not recorded.',
    ],
    [
      'gives what is no decision',
      () => ({ decision: 3 }),
      '"sampling.sampler" gave what is no sampling result; such spans are not recorded.',
    ],
  ])('that %s has its span not recorded, and is told once', async (_, shouldSample, message) => {
    const { telemetry, finished, problems } = sampledBy(shouldSample as never);
    for (let i = 0; i < 2; i++) expect(telemetry.span('a', (span) => span.isRecording())).toBe(false);
    expect(await finished()).toEqual([]);
    expect(problems.map((problem) => [problem.code, problem.message])).toEqual([['ERR_ADAPTER', message]]);
  });

  it('is not asked where tracing is suppressed', () => {
    const { telemetry } = sampledBy(() => {
      throw new Error('asked');
    });
    const suppressed = ROOT_CONTEXT.setValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'), true);
    telemetry.tracerProvider.getTracer('lib').startSpan('a', {}, suppressed);
    expect(telemetry.health().problems).toEqual({});
  });

  it.each([
    [{ sampler: {} }, 'sampling.sampler is object; give a sampler of the OpenTelemetry SDK'],
    [{ sampler: 'always_on' }, 'sampling.sampler is "always_on"; give a sampler'],
    [{ sampler: { shouldSample() {} }, ratio: 0.1 }, 'sampling.sampler and sampling.ratio are both given'],
    [{ sampler: { shouldSample() {} }, keep: { errors: true } }, 'sampling.sampler and sampling.keep are both given'],
  ])('is refused with a word: %o', (sampling, message) => {
    expect(() => tracedTelemetry({ sampling: sampling as never })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });
});

describe('idGenerator', () => {
  it('makes the ids of all spans, also of those that are not recorded', async () => {
    let made = 0;
    const idGenerator = {
      generateTraceId: () => 'f'.repeat(31) + ++made,
      generateSpanId: () => 'e'.repeat(15) + ++made,
    };
    const { telemetry, finished } = tracedTelemetry({ idGenerator });
    telemetry.span('a', () => telemetry.span('b', () => {}));
    const [b, a] = await finished();
    expect([a?.traceId, a?.spanId, b?.traceId, b?.spanId]).toEqual([
      `${'f'.repeat(31)}1`,
      `${'e'.repeat(15)}2`,
      `${'f'.repeat(31)}1`,
      `${'e'.repeat(15)}3`,
    ]);
    const silent = tracedTelemetry({ idGenerator, sampling: { ratio: 0 } });
    expect(silent.telemetry.span('c', (span) => span.spanContext())).toEqual({
      traceId: `${'f'.repeat(31)}4`,
      spanId: `${'e'.repeat(15)}5`,
      traceFlags: 0,
    });
  });

  it('decides by its random part what is sampled', async () => {
    const ids = ['0'.repeat(17) + '1'.padEnd(15, '0'), `${'1'.repeat(18)}${'f'.repeat(14)}`];
    const idGenerator = { generateTraceId: () => ids.shift() as string, generateSpanId: () => '1'.repeat(16) };
    const { telemetry, finished } = tracedTelemetry({ idGenerator, sampling: { ratio: 0.5 } });
    telemetry.span('low', () => {});
    telemetry.span('high', () => {});
    expect((await finished()).map(({ name }) => name)).toEqual(['high']);
  });

  it('that fails is replaced by random ids, and told once', async () => {
    const { telemetry, finished, problems } = tracedTelemetry({
      idGenerator: {
        generateTraceId: () => 'A'.repeat(32),
        generateSpanId: () => {
          throw new Error('empty');
        },
      },
    });
    for (let i = 0; i < 2; i++) telemetry.span('a', () => {});
    for (const { traceId, spanId } of await finished()) {
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    }
    expect(problems.map(({ message }) => message)).toEqual([
      `"idGenerator" gave "${'A'.repeat(32)}", which is not 32 lower-case hexadecimal digits; the trace got a random id instead.`,
      '"idGenerator" threw: empty; the span got a random id instead.',
    ]);
  });

  it('is refused with a word where it is none', () => {
    expect(() => tracedTelemetry({ idGenerator: {} as never })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: expect.stringContaining('"idGenerator" is of type object without'),
      }),
    );
  });
});
