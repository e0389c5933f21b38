// What OpenTelemetry's specification asks of traces, through its API alone. COMPLIANCE.md cites these by their titles.
import {
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import type { FinishedSpan } from '../index.ts';
import { tracedTelemetry } from '../telemetry.test-support.ts';

const REMOTE: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 1,
  isRemote: true,
};
const FROM_ELSEWHERE = trace.setSpanContext(ROOT_CONTEXT, REMOTE);

function stage() {
  const { telemetry, finished } = tracedTelemetry();
  return { telemetry, finished, tracer: telemetry.tracerProvider.getTracer('library') };
}

/** The one span that `act` gets, finished. */
async function spanOf(act: (span: Span) => void): Promise<FinishedSpan> {
  const { tracer, finished } = stage();
  const span = tracer.startSpan('one');
  act(span);
  span.end();
  const [one] = await finished();
  return one as FinishedSpan;
}

describe('a tracer provider', () => {
  it('can be there any number of times, each with its own spans', async () => {
    const [one, two] = [tracedTelemetry(), tracedTelemetry()];
    one.telemetry.tracerProvider.getTracer('library').startSpan('a').end();
    two.telemetry.tracerProvider.getTracer('library').startSpan('b').end();
    expect((await one.finished()).map(({ name }) => name)).toEqual(['a']);
    expect((await two.finished()).map(({ name }) => name)).toEqual(['b']);
  });

  it('gives tracers with version, schema URL and attributes, all of which their spans have', async () => {
    const { telemetry, finished } = tracedTelemetry();
    const options = { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0', attributes: { shard: 3 } };
    telemetry.tracerProvider.getTracer('library', '1.2.3', options).startSpan('a').end();
    expect((await finished())[0]?.scope).toEqual({ name: 'library', version: '1.2.3', ...options });
  });

  it('serves flows that run at the same time, with one tracer', async () => {
    const { telemetry, finished } = tracedTelemetry();
    telemetry.register();
    const { tracerProvider } = telemetry;
    const flow = (name: string): Promise<void> =>
      tracerProvider.getTracer('library').startActiveSpan(name, async (outer) => {
        for (let i = 0; i < 5; i++) {
          await Promise.resolve();
          tracerProvider.getTracer('library').startSpan(`within ${name}`).end();
        }
        outer.end();
      });
    await Promise.all(['a', 'b', 'c'].map(flow));
    const spans = await finished();
    expect(spans).toHaveLength(18);
    for (const name of ['a', 'b', 'c']) {
      const outer = spans.find((span) => span.name === name);
      const inner = spans.filter((span) => span.name === `within ${name}`);
      expect(inner.map(({ traceId, parentSpanId }) => [traceId, parentSpanId])).toEqual(
        Array.from({ length: 5 }, () => [outer?.traceId, outer?.spanId]),
      );
    }
  });

  it('delivers with forceFlush what has ended, with shutdown too, and nothing that begins later', async () => {
    const names: string[] = [];
    const { telemetry } = tracedTelemetry({
      exporters: [
        {
          name: 'backend',
          exportSpans: async (spans) => void names.push(...spans.map(({ name }) => name)),
        },
      ],
    });
    const { tracerProvider } = telemetry;
    const tracer = tracerProvider.getTracer('library');
    tracer.startSpan('a').end();
    await tracerProvider.forceFlush();
    expect(names).toEqual(['a']);
    tracer.startSpan('b').end();
    await tracerProvider.shutdown();
    expect(names).toEqual(['a', 'b']);
    tracer.startSpan('c').end();
    tracerProvider.getTracer('another').startSpan('d').end();
    await tracerProvider.shutdown();
    await tracerProvider.forceFlush();
    expect(names).toEqual(['a', 'b']);
  });
});

describe('the active span', () => {
  afterEach(() => context.disable());

  it('is that of the context, which a tracer or anybody sets', () => {
    const { telemetry, tracer } = stage();
    telemetry.register();
    expect(trace.getActiveSpan()).toBeUndefined();
    const span = tracer.startSpan('by hand');
    context.with(trace.setSpan(context.active(), span), () => expect(trace.getActiveSpan()).toBe(span));
    tracer.startActiveSpan('by the tracer', (active) => {
      expect(trace.getActiveSpan()).toBe(active);
      active.end();
    });
    expect(trace.getActiveSpan()).toBeUndefined();
    trace.disable();
  });
});

describe('a span context', () => {
  it('is valid, in this process, sampled and of a random trace id', () => {
    const own = stage().tracer.startSpan('a').spanContext();
    expect(isSpanContextValid(own)).toBe(true);
    expect(isSpanContextValid(INVALID_SPAN_CONTEXT)).toBe(false);
    expect(own.isRemote ?? false).toBe(false);
    expect(own.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(own.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(own.traceFlags).toBe(1);
  });

  it('is remote when it was read from headers, and the spans below it say so', async () => {
    const { telemetry, tracer, finished } = stage();
    const from = telemetry.extract({ traceparent: `00-${REMOTE.traceId}-${REMOTE.spanId}-01` });
    expect(trace.getSpanContext(from)).toMatchObject(REMOTE);
    tracer.startSpan('a', {}, from).end();
    expect((await finished())[0]).toMatchObject({ parentSpanId: REMOTE.spanId, parentIsRemote: true });
  });
});

describe('a span', () => {
  it('is the root of a trace where there is no parent, or none is wanted', async () => {
    const { tracer, finished } = stage();
    tracer.startSpan('a').end();
    tracer.startSpan('b', { root: true }, FROM_ELSEWHERE).end();
    const spans = await finished();
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
    expect(spans[1]?.traceId).not.toBe(REMOTE.traceId);
  });

  it('has the active span for its parent, or the one of the context that it is given', async () => {
    const { telemetry, tracer, finished } = stage();
    telemetry.register();
    tracer.startActiveSpan('outer', (outer) => {
      tracer.startSpan('by default').end();
      tracer.startSpan('from a context', {}, FROM_ELSEWHERE).end();
      outer.end();
    });
    const [byDefault, fromContext, outer] = await finished();
    expect(byDefault?.parentSpanId).toBe(outer?.spanId);
    expect(fromContext).toMatchObject({ traceId: REMOTE.traceId, parentSpanId: REMOTE.spanId });
    trace.disable();
    context.disable();
  });

  it('takes its parent from a context alone: neither a span nor a span context is one', async () => {
    const { tracer, finished } = stage();
    const other = tracer.startSpan('other');
    tracer.startSpan('a', { parent: other, parentSpan: other, parentContext: other.spanContext() } as object).end();
    expect((await finished())[0]).not.toHaveProperty('parentSpanId');
  });

  it('has the attributes, links, kind and start that it was made with', async () => {
    const { tracer, finished } = stage();
    const kind = SpanKind.PRODUCER;
    const made = { kind, attributes: { a: 1 }, links: [{ context: REMOTE, attributes: { b: 2 } }], startTime: [5, 0] };
    tracer.startSpan('a', made as never).end([6, 500_000_000]);
    expect((await finished())[0]).toMatchObject({
      ...{ kind, attributes: { a: 1 }, startTime: 5, endTime: 6.5 },
      links: [{ context: REMOTE, attributes: { b: 2 } }],
    });
  });

  it('can be renamed until its end', async () => {
    const { name } = await spanOf((span) => {
      span.updateName('another');
      span.end();
      span.updateName('too late');
    });
    expect(name).toBe('another');
  });

  it('records until its end, and no longer', async () => {
    const span = await spanOf((open) => {
      expect(open.isRecording()).toBe(true);
      open.end();
      expect(open.isRecording()).toBe(false);
      open.setAttribute('a', 1).addEvent('e').setStatus({ code: SpanStatusCode.ERROR });
    });
    expect(span).toMatchObject({ attributes: {}, events: [], status: 'unset' });
  });

  it('has the status unset until there is another: error with its message, or ok', async () => {
    const { UNSET, OK, ERROR } = SpanStatusCode;
    const statusOf = async (...codes: SpanStatusCode[]) => {
      const { status, statusMessage } = await spanOf((span) => {
        for (const code of codes) span.setStatus({ code, message: `of ${code}` });
      });
      return [status, statusMessage];
    };
    expect(await statusOf()).toEqual(['unset', undefined]);
    expect(await statusOf(UNSET)).toEqual(['unset', undefined]);
    expect(await statusOf(OK)).toEqual(['ok', undefined]);
    expect(await statusOf(ERROR)).toEqual(['error', `of ${ERROR}`]);
    expect(await statusOf(ERROR, UNSET)).toEqual(['error', `of ${ERROR}`]);
    expect(await statusOf(OK, ERROR)).toEqual(['ok', undefined]);
  });

  it('is written by flows that run at the same time, and loses nothing', async () => {
    const { tracer, finished } = stage();
    const span = tracer.startSpan('shared');
    const flow = async (name: string): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        await Promise.resolve();
        span.setAttribute(`${name}${i}`, i).addEvent(name);
      }
    };
    await Promise.all(['a', 'b', 'c'].map(flow));
    span.end();
    const [one] = await finished();
    expect(Object.keys(one?.attributes ?? {})).toHaveLength(30);
    expect(one?.events).toHaveLength(30);
  });
});

describe('an attribute of a span', () => {
  it('is a text, a boolean, a number with or without a fraction, or an array of one of them', async () => {
    const values = {
      text: 'a',
      boolean: false,
      double: 1.5,
      integer: Number.MAX_SAFE_INTEGER,
      texts: ['a', 'b'],
      booleans: [true, false],
      numbers: [1, 2.5],
      none: [],
    };
    const byOne = await spanOf((span) => {
      for (const [key, value] of Object.entries(values)) span.setAttribute(key, value);
    });
    expect(byOne.attributes).toEqual(values);
    expect((await spanOf((span) => void span.setAttributes(values))).attributes).toEqual(values);
  });

  it('is left out where it has no value', async () => {
    const span = await spanOf((open) => void open.setAttributes({ a: null as never, b: undefined, c: 1 }));
    expect(span.attributes).toEqual({ c: 1 });
  });

  it('has keys and texts of any script', async () => {
    const values = { ключ: 'значение', '鍵 🔑': '値 🎏', '': '' };
    const { '': _, ...kept } = values;
    expect((await spanOf((span) => void span.setAttributes(values))).attributes).toMatchObject(kept);
  });
});

describe('links of a span', () => {
  it('may be there from the start or come later, and keep their order', async () => {
    const { tracer, finished } = stage();
    const link = (i: number) => ({ context: { ...REMOTE, spanId: `000000000000000${i}` }, attributes: { i } });
    const span = tracer.startSpan('a', { links: [link(1), link(2)] });
    span.addLink(link(3));
    span.addLinks([link(4), link(5)]);
    span.end();
    expect((await finished())[0]?.links).toMatchObject([1, 2, 3, 4, 5].map(link));
  });
});

describe('events of a span', () => {
  it('keep their order, with their attributes and the time of the call or the one given', async () => {
    const span = await spanOf((open) => {
      open.addEvent('a', { n: 1 }, [7, 0]);
      open.addEvent('b', [3, 0]);
      open.addEvent('c');
    });
    expect(span.events).toMatchObject([
      { name: 'a', time: 7, attributes: { n: 1 } },
      { name: 'b', time: 3 },
      { name: 'c' },
    ]);
  });

  it('may be exceptions, at a given time', async () => {
    const span = await spanOf((open) => open.recordException(new TypeError('no such order'), [7, 0]));
    expect(span.events).toMatchObject([
      {
        name: 'exception',
        time: 7,
        attributes: {
          'exception.type': 'TypeError',
          'exception.message': 'no such order',
          'exception.stacktrace': expect.stringContaining('api-traces.test.ts'),
        },
      },
    ]);
  });
});
