import {
  type Attributes,
  createTraceState,
  type Exception,
  type Link,
  ROOT_CONTEXT,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import type { RecordingSpan } from './span.ts';
import { RESOURCE, remoteParent, SCOPE, type TestTracing, testTracing } from './tracing.test-support.ts';

const START = 1_700_000_000;

function recording({ tracer }: TestTracing, options?: SpanOptions): RecordingSpan {
  return tracer.startSpan('work', options, ROOT_CONTEXT) as RecordingSpan;
}

/** The only span of a tracing, after `act` and its end. */
function finish(act: (span: RecordingSpan, tracing: TestTracing) => void, options?: SpanOptions, limits = {}) {
  const tracing = testTracing({ limits });
  const span = recording(tracing, options);
  act(span, tracing);
  span.end();
  expect(tracing.finished).toHaveLength(1);
  return { ...tracing, span: tracing.finished[0]! };
}

describe('a finished span', () => {
  it('is plain data with everything that happened', () => {
    const tracing = testTracing();
    const parent = remoteParent(1, { traceState: createTraceState('vendor=1') });
    const span = tracing.tracer.startSpan('work', { kind: SpanKind.SERVER, attributes: { a: 1 } }, parent);
    tracing.clock.advance(0.25);
    span.setAttribute('b', ['x', 'y']).addEvent('half', { c: true }).updateName('better name');
    tracing.clock.advance(0.25);
    span.end();
    expect(tracing.finished).toStrictEqual([
      {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: span.spanContext().spanId,
        parentSpanId: 'b7ad6b7169203331',
        parentIsRemote: true,
        traceFlags: 1,
        traceState: 'vendor=1',
        name: 'better name',
        kind: SpanKind.SERVER,
        startTime: START,
        endTime: START + 0.5,
        status: 'unset',
        attributes: { a: 1, b: ['x', 'y'] },
        events: [{ name: 'half', time: START + 0.25, attributes: { c: true } }],
        links: [],
        dropped: { attributes: 0, events: 0, links: 0 },
        scope: SCOPE,
        resource: RESOURCE,
      },
    ]);
  });

  it('has no key for what a root does not have', () => {
    const { span } = finish(() => {});
    expect(Object.keys(span)).not.toContain('parentSpanId');
    expect(Object.keys(span)).not.toContain('statusMessage');
    expect(Object.keys(span)).not.toContain('traceState');
  });

  it('does not change after its end', () => {
    const tracing = testTracing();
    const span = recording(tracing);
    span.end();
    const before = structuredClone(tracing.finished[0]);
    span.setAttribute('late', 1).setAttributes({ late: 1 }).addEvent('late').addLink({ context: span.spanContext() });
    span
      .addLinks([{ context: span.spanContext() }])
      .setStatus({ code: SpanStatusCode.ERROR })
      .updateName('late');
    span.recordException(new Error('late'));
    span.fail(new Error('late'));
    expect(tracing.finished[0]).toEqual(before);
    expect(span.isRecording()).toBe(false);
  });

  it('ends once; a second end is counted and told once', () => {
    const tracing = testTracing();
    const span = recording(tracing);
    span.end();
    tracing.clock.advance(1);
    span.end();
    span.end();
    expect(tracing.finished).toMatchObject([{ endTime: START }]);
    expect(tracing.diagnostics.counts.get('ERR_VALUE')).toBe(2);
    expect(tracing.problems.map(({ message }) => message)).toEqual([
      'The span "work" was ended more than once; the first end counts.',
    ]);
  });

  it('carries the default attributes, under its own', () => {
    const tracing = testTracing({ attributes: { team: 'payments', region: 'eu' } });
    recording(tracing, { attributes: { team: 'own' } }).end();
    recording(tracing).setAttribute('region', 'us').end();
    tracing.tracer.start('op', SpanKind.INTERNAL, { team: undefined }, ROOT_CONTEXT).end();
    expect(tracing.finished.map(({ attributes }) => attributes)).toEqual([
      { team: 'own', region: 'eu' },
      { team: 'payments', region: 'us' },
      { team: 'payments', region: 'eu' },
    ]);
  });
});

describe('status', () => {
  const status = (...given: readonly SpanStatus[]) => {
    const { span } = finish((s) => {
      for (const each of given) s.setStatus(each);
    });
    return [span.status, span.statusMessage];
  };

  it('keeps the message of an error, and no other', () => {
    expect(status({ code: SpanStatusCode.ERROR, message: 'no' })).toEqual(['error', 'no']);
    expect(status({ code: SpanStatusCode.OK, message: 'fine' })).toEqual(['ok', undefined]);
    expect(status({ code: SpanStatusCode.ERROR, message: 42 as unknown as string })).toEqual(['error', undefined]);
  });

  it('goes to the last one set, but ok is final and unset is ignored', () => {
    const [ok, unset] = [{ code: SpanStatusCode.OK }, { code: SpanStatusCode.UNSET }];
    const error = { code: SpanStatusCode.ERROR, message: 'no' };
    expect(status(error, { code: SpanStatusCode.ERROR, message: 'never' })).toEqual(['error', 'never']);
    expect(status(error, { code: SpanStatusCode.ERROR })).toEqual(['error', undefined]);
    expect(status(error, ok)).toEqual(['ok', undefined]);
    expect(status(ok, error)).toEqual(['ok', undefined]);
    expect(status(error, unset)).toEqual(['error', 'no']);
    expect(status(ok, unset)).toEqual(['ok', undefined]);
  });
});

describe('attributes', () => {
  it('are copied: what the caller changes later does not show', () => {
    const given = { list: ['a'], text: 'x' };
    const { span } = finish(
      (s) => {
        s.setAttributes({ other: given.list });
        given.list.push('b');
        given.text = 'y';
      },
      { attributes: given },
    );
    expect(span.attributes).toEqual({ list: ['a'], text: 'x', other: ['a'] });
  });

  it('that are no string, number, boolean or array of one of them are left out, counted, and told once per key', () => {
    const bad: Attributes = { object: {}, mixed: [1, 'a'], nested: [[1]], bigint: 1n, fn: () => 1, '': 'no key' };
    const { span, diagnostics, problems } = finish((s) => s.setAttributes(bad).setAttribute('object', {}), {
      attributes: { good: 1, ...bad, missing: undefined, nothing: null },
    });
    expect(span.attributes).toEqual({ good: 1 });
    expect(span.dropped.attributes).toBe(0);
    expect(diagnostics.counts.get('ERR_ATTRIBUTE')).toBe(13);
    expect(problems).toHaveLength(6);
    expect(problems[0]?.message).toContain('"object"');
  });

  it('may be arrays with holes, which become null', () => {
    const { span } = finish((s) => s.setAttribute('list', ['a', undefined, null, 'b']).setAttribute('empty', []));
    expect(span.attributes).toEqual({ list: ['a', null, null, 'b'], empty: [] });
  });

  it('cannot reach the prototype', () => {
    const own = JSON.parse('{ "__proto__": ["a"], "constructor": "c" }') as Attributes;
    const { span } = finish((s) => s.setAttributes(own), { attributes: own });
    expect(Object.getPrototypeOf(span.attributes)).toBe(Object.prototype);
    expect(Object.keys(span.attributes)).toEqual(['constructor']);
  });

  it('are 128 at most; known ones can still change, the rest is counted', () => {
    const many = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`k${i}`, i]));
    for (const options of [{ attributes: many }, undefined]) {
      const { span } = finish(
        (s) => (options ? s : s.setAttributes(many)).setAttribute('new', 1).setAttribute('k0', 'changed'),
        options,
      );
      expect(Object.keys(span.attributes)).toHaveLength(128);
      expect(span.attributes.k0).toBe('changed');
      expect(span.dropped).toEqual({ attributes: 3, events: 0, links: 0 });
    }
  });

  it('are cut to the length that is configured', () => {
    const { span } = finish(
      (s) => s.setAttribute('set', 'abcdef').addEvent('e', { list: ['abcdef', 'ab'] }),
      { attributes: { given: 'abcdef', number: 123456 } },
      { attributeLength: 3 },
    );
    expect(span.attributes).toEqual({ set: 'abc', given: 'abc', number: 123456 });
    expect(span.events[0]?.attributes).toEqual({ list: ['abc', 'ab'] });
  });

  it('are not cut unless that is configured', () => {
    const { span } = finish((s) => s.setAttribute('long', 'x'.repeat(100_000)));
    expect(span.attributes.long).toHaveLength(100_000);
  });
});

describe('events and links', () => {
  it('keep the last 128 and count the rest', () => {
    const { span } = finish((s) => {
      for (let i = 0; i < 130; i++) s.addEvent(`e${i}`).addLink({ context: s.spanContext(), attributes: { i } });
    });
    expect([span.events.length, span.events[0]?.name, span.events.at(-1)?.name]).toEqual([128, 'e2', 'e129']);
    expect([span.links.length, span.links[0]?.attributes, span.links.at(-1)?.attributes]).toEqual([
      128,
      { i: 2 },
      { i: 129 },
    ]);
    expect(span.dropped).toEqual({ attributes: 0, events: 2, links: 2 });
  });

  it('can be switched off', () => {
    const { span } = finish((s) => s.addEvent('e').addLink({ context: s.spanContext() }), {}, { events: 0, links: 0 });
    expect([span.events, span.links]).toEqual([[], []]);
    expect(span.dropped).toEqual({ attributes: 0, events: 1, links: 1 });
  });

  it('come with the time of the call or the one given', () => {
    const { span } = finish((s, { clock }) => {
      clock.advance(2);
      s.addEvent('now')
        .addEvent('given', { a: 1 }, 1_700_000_001_500)
        .addEvent('time only', [1_700_000_001, 250_000_000]);
    });
    expect(span.events).toEqual([
      { name: 'now', time: START + 2, attributes: {} },
      { name: 'given', time: START + 1.5, attributes: { a: 1 } },
      { name: 'time only', time: START + 1.25, attributes: {} },
    ]);
  });

  it('copies links, from the start or later, and leaves out what is none', () => {
    const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const attributes = { a: [1] };
    const bad = [null, {}, { context: {} }, 'link'] as unknown as Link[];
    const { span, diagnostics } = finish((s) => s.addLink({ context, attributes }).addLinks(bad), {
      links: [{ context }],
    });
    attributes.a.push(2);
    expect(span.links).toEqual([{ context }, { context, attributes: { a: [1] } }]);
    expect(span.links[0]?.context).not.toBe(context);
    expect(diagnostics.counts.get('ERR_VALUE')).toBe(4);
  });
});

describe('recordException', () => {
  const event = (exception: unknown, time?: TimeInput) =>
    finish((s) => s.recordException(exception as Exception, time)).span.events[0];

  it('follows the conventions for exceptions', () => {
    const error = new TypeError('no');
    expect(event(error, [START, 500_000_000])).toEqual({
      name: 'exception',
      time: START + 0.5,
      attributes: { 'exception.type': 'TypeError', 'exception.message': 'no', 'exception.stacktrace': error.stack },
    });
  });

  it('prefers the code of an error to its name', () => {
    expect(event(Object.assign(new Error('no'), { code: 'ECONNREFUSED' }))?.attributes['exception.type']).toBe(
      'ECONNREFUSED',
    );
    expect(event({ code: 12 })?.attributes).toEqual({ 'exception.type': '12' });
    expect(event({ code: 0, name: 'Odd' })?.attributes).toEqual({ 'exception.type': 'Odd' });
  });

  it('takes a string for the message, and records nothing when there is nothing to tell', () => {
    expect(event('no')?.attributes).toEqual({ 'exception.message': 'no' });
    for (const nothing of [
      undefined,
      null,
      {},
      '',
      { message: 7 },
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('mine');
          },
        },
      ),
    ]) {
      expect(event(nothing)).toBeUndefined();
    }
  });
});

describe('fail', () => {
  const failed = (error: unknown, type?: string) => {
    const { span } = finish((s) => s.fail(error, type));
    return {
      status: span.status,
      message: span.statusMessage,
      type: span.attributes['error.type'],
      events: span.events.length,
    };
  };

  it('marks the span by whatever was thrown', () => {
    expect(failed(new RangeError('no'))).toEqual({ status: 'error', message: 'no', type: 'RangeError', events: 1 });
    expect(failed(Object.assign(new Error('no'), { code: 'E1' }))).toEqual({
      status: 'error',
      message: 'no',
      type: 'E1',
      events: 1,
    });
    expect(failed('no')).toEqual({ status: 'error', message: 'no', type: '_OTHER', events: 1 });
    expect(failed(404)).toEqual({ status: 'error', message: '404', type: '_OTHER', events: 1 });
    expect(failed(undefined)).toEqual({ status: 'error', message: undefined, type: '_OTHER', events: 0 });
  });

  it('takes the type of error that the caller knows better', () => {
    expect(failed(new Error('hung up'), 'client_abort').type).toBe('client_abort');
  });

  it('does not overrule a status of ok', () => {
    expect(finish((s) => s.setStatus({ code: SpanStatusCode.OK }).fail(new Error('no'))).span.status).toBe('ok');
  });
});

describe('times', () => {
  const times = (startTime?: TimeInput, endTime?: TimeInput) => {
    const tracing = testTracing();
    tracing.clock.advance(10);
    const span = recording(tracing, startTime === undefined ? {} : { startTime });
    tracing.clock.advance(1);
    span.end(endTime);
    const { startTime: start, endTime: end } = tracing.finished[0]!;
    return [start - START, end - START];
  };

  it('are the clock of the telemetry, in seconds since the epoch', () => {
    expect(times()).toEqual([10, 11]);
  });

  it('can be given in every form of the API', () => {
    expect(times(1_700_000_005_000, new Date(1_700_000_006_500))).toEqual([5, 6.5]);
    expect(times([START + 5, 250_000_000], [START + 6, 500_000_000])).toEqual([5.25, 6.5]);
    expect(times(9500, 10_500)).toEqual([9.5, 10.5]); // performance.now()
    expect(times(1_700_000_005_000)).toEqual([5, 11]);
  });

  it('fall back to now when they are no times', () => {
    for (const bad of [Number.NaN, Infinity, new Date(Number.NaN), [1], 'noon', null, {}] as unknown as TimeInput[]) {
      expect(times(bad, bad)).toEqual([10, 11]);
    }
  });

  it('never go back', () => {
    expect(times(1_700_000_005_000, 1_700_000_004_000)).toEqual([5, 5]);
  });

  it('measure a duration by the monotonic clock, whatever happens to the system clock', () => {
    const { span } = finish((_, { clock }) => {
      clock.advance(2);
      clock.correct(-3600);
    });
    expect([span.startTime, span.endTime]).toEqual([START, START + 2]);
  });

  it('keep a child after its parent when the system clock goes back, but follow the clock again after a minute', () => {
    const tracing = testTracing();
    const parent = trace.setSpan(ROOT_CONTEXT, recording(tracing));
    tracing.clock.advance(1);
    tracing.clock.correct(-3600);
    tracing.tracer.startSpan('child', {}, parent).end();
    tracing.clock.advance(60);
    tracing.tracer.startSpan('late child', {}, parent).end();
    tracing.tracer.startSpan('root', {}, ROOT_CONTEXT).end();
    expect(tracing.finished.map(({ startTime }) => startTime - START)).toEqual([1, 61 - 3600, 61 - 3600]);
  });
});

describe('limits', () => {
  it('on the attributes of events and links are their own, and so are the counts of what they left out', () => {
    const attributes = { a: 'long', b: 2, c: 3, d: undefined };
    const link = { context: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 } };
    const limits = { attributes: 3, eventAttributes: 2, linkAttributes: 1, attributeLength: 3 };
    const { span: finished } = finish(
      (span) => {
        span
          .addEvent('full', attributes)
          .addEvent('fits', { a: 1 })
          .addLink({ ...link, attributes });
        span.recordException({ name: 'E', message: 'm', stack: 's' });
      },
      { attributes, links: [{ ...link, attributes: { a: 1 } }] },
      limits,
    );
    expect(finished.events.map(({ time: _, ...event }) => event)).toEqual([
      { name: 'full', attributes: { a: 'lon', b: 2 }, dropped: 1 },
      { name: 'fits', attributes: { a: 1 } },
      { name: 'exception', attributes: { 'exception.type': 'E', 'exception.message': 'm' }, dropped: 1 },
    ]);
    expect(finished.links).toEqual([
      { ...link, attributes: { a: 1 } },
      { ...link, attributes: { a: 'lon' }, droppedAttributesCount: 2 },
    ]);
    expect(finished.attributes).toEqual({ a: 'lon', b: 2, c: 3 });
    expect(finished.dropped).toEqual({ attributes: 0, events: 0, links: 0 });
  });

  it('on the attributes of events and links are those of spans where they are not given', () => {
    const { span: finished } = finish((span) => void span.addEvent('e', { a: 1, b: 2, c: 3 }), {}, { attributes: 2 });
    expect(finished.events).toMatchObject([{ attributes: { a: 1, b: 2 }, dropped: 1 }]);
  });

  it.each(['attributes', 'eventAttributes', 'linkAttributes', 'events', 'links', 'attributeLength'])(
    'refuses wrong %s when they are defined',
    (name) => {
      for (const value of [-1, 1.5, Number.NaN, '128', null]) {
        expect(() => testTracing({ limits: { [name]: value } })).toThrow(
          expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(`spanLimits.${name}`) }),
        );
      }
    },
  );
});

it('a span context is the same object every time', () => {
  const span = recording(testTracing());
  expect(span.spanContext()).toBe(span.spanContext());
  expect(trace.isSpanContextValid(span.spanContext())).toBe(true);
});
