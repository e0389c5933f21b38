import { type Context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { NonRecordingSpan } from './non-recording-span.ts';
import type { RecordingSpan } from './span.ts';
import type { SpanTracer } from './tracer.ts';
import { remoteParent, testTracing } from './tracing.test-support.ts';

function keeping(keep: { errors?: boolean; slowerThan?: number }) {
  return testTracing({ sampling: { ratio: 0, keep } });
}

function start(
  tracer: SpanTracer,
  name: string,
  parent?: RecordingSpan | NonRecordingSpan,
  context: Context = ROOT_CONTEXT,
) {
  return tracer.startSpan(name, {}, parent === undefined ? context : trace.setSpan(context, parent));
}

const names = (spans: readonly { readonly name: string }[]): string[] => spans.map(({ name }) => name);

describe('sampling.keep', () => {
  it('records nothing of an unsampled trace unless it is asked for', () => {
    expect(start(keeping({}).tracer, 'root')).toBeInstanceOf(NonRecordingSpan);
    expect(start(keeping({ errors: false }).tracer, 'root')).toBeInstanceOf(NonRecordingSpan);
    expect(start(keeping({ errors: true }).tracer, 'root').isRecording()).toBe(true);
  });

  it('keeps the whole local trace when a child failed, the root last', () => {
    const { tracer, finished } = keeping({ errors: true });
    const root = start(tracer, 'root');
    const child = start(tracer, 'child', root);
    const grandchild = start(tracer, 'grandchild', child);
    grandchild.setStatus({ code: SpanStatusCode.ERROR });
    grandchild.end();
    child.end();
    expect(finished).toEqual([]);
    root.end();
    expect(names(finished)).toEqual(['grandchild', 'child', 'root']);
    expect(new Set(finished.map(({ traceId }) => traceId)).size).toBe(1);
    expect(finished.map(({ traceFlags }) => traceFlags)).toEqual([0, 0, 0]);
  });

  it('keeps a trace whose root failed', () => {
    const { tracer, finished } = keeping({ errors: true });
    const root = start(tracer, 'root');
    root.fail(new Error('no'));
    root.end();
    expect(names(finished)).toEqual(['root']);
  });

  it('leaves a trace in which nothing failed', () => {
    const { tracer, finished, clock } = keeping({ errors: true });
    const root = start(tracer, 'root');
    start(tracer, 'child', root).end();
    clock.advance(100);
    root.end();
    expect(finished).toEqual([]);
  });

  it('keeps a trace whose root took longer than slowerThan seconds, not one that took as long', () => {
    const { tracer, finished, clock } = keeping({ slowerThan: 1 });
    for (const [name, seconds] of [
      ['slow', 1.5],
      ['as long', 1],
      ['fast', 0.5],
    ] as const) {
      const root = start(tracer, name);
      start(tracer, `child of ${name}`, root).end();
      clock.advance(seconds);
      root.end();
    }
    expect(names(finished)).toEqual(['child of slow', 'slow']);
  });

  it('does not take a failure for slowness', () => {
    const { tracer, finished } = keeping({ slowerThan: 1 });
    const root = start(tracer, 'root');
    root.fail(new Error('no'));
    root.end();
    expect(finished).toEqual([]);
  });

  it('lets spans that end after the root follow its decision', () => {
    const { tracer, finished } = keeping({ errors: true });
    const kept = start(tracer, 'kept');
    const late = start(tracer, 'late', kept);
    kept.fail(new Error('no'));
    kept.end();
    late.end();
    expect(names(finished)).toEqual(['kept', 'late']);
    start(tracer, 'later', late).end();
    expect(names(finished)).toEqual(['kept', 'late', 'later']);

    const left = start(tracer, 'left');
    const failedLate = start(tracer, 'failed late', left);
    left.end();
    failedLate.fail(new Error('no'));
    failedLate.end();
    expect(finished).toHaveLength(3);
  });

  it('takes the first span below an unsampled parent in another service for a local root', () => {
    const { tracer, finished } = keeping({ errors: true });
    const root = start(tracer, 'root', undefined, remoteParent(0));
    start(tracer, 'child', root).end();
    root.fail(new Error('no'));
    root.end();
    expect(finished).toMatchObject([
      { name: 'child', traceId: '0af7651916cd43dd8448eb211c80319c', parentSpanId: root.spanId, parentIsRemote: false },
      {
        name: 'root',
        traceId: '0af7651916cd43dd8448eb211c80319c',
        parentSpanId: 'b7ad6b7169203331',
        parentIsRemote: true,
      },
    ]);
  });

  it('sends a sampled trace at once', () => {
    const { tracer, finished } = testTracing({ sampling: { ratio: 1, keep: { errors: true } } });
    const root = start(tracer, 'root');
    start(tracer, 'child', root).end();
    expect(names(finished)).toEqual(['child']);
    root.end();
    expect(finished.map(({ traceFlags }) => traceFlags)).toEqual([1, 1]);
  });

  it('holds at most 128 spans of a trace and counts the rest when it keeps it', () => {
    const { tracer, finished, diagnostics, problems } = keeping({ errors: true });
    const root = start(tracer, 'root');
    for (let i = 0; i < 200; i++) start(tracer, `child ${i}`, root).end();
    root.fail(new Error('no'));
    root.end();
    expect(finished).toHaveLength(129);
    expect(finished.at(-1)?.name).toBe('root');
    expect(diagnostics.counts.get('ERR_DROPPED')).toBe(72);
    expect(problems).toHaveLength(1);
  });

  it('counts no drop in a trace that is left', () => {
    const { tracer, diagnostics } = keeping({ errors: true });
    const root = start(tracer, 'root');
    for (let i = 0; i < 200; i++) start(tracer, `child ${i}`, root).end();
    root.end();
    expect(diagnostics.counts.size).toBe(0);
  });

  it('offers a span as an exemplar only when it is certain to be exported', () => {
    const sampled = start(testTracing().tracer, 'sampled');
    expect(sampled.exemplar()).toMatchObject({ traceId: sampled.traceId, spanId: sampled.spanId });
    expect(start(testTracing({ sampling: { ratio: 0 } }).tracer, 'not recorded').exemplar()).toBeUndefined();

    const { tracer } = keeping({ errors: true });
    const root = start(tracer, 'root');
    const child = start(tracer, 'child', root);
    child.fail(new Error('no'));
    expect(root.exemplar()).toBeUndefined();
    root.end();
    expect(root.exemplar()).toBeUndefined();
    const kept = start(tracer, 'kept');
    kept.fail(new Error('no'));
    expect(kept.exemplar()).toBeUndefined();
    kept.end();
    expect(kept.exemplar()).toMatchObject({ traceId: kept.traceId, spanId: kept.spanId });
  });
});
