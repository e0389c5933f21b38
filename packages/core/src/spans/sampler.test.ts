import { createTraceState, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NonRecordingSpan } from './non-recording-span.ts';
import type { SamplingOptions } from './sampler.ts';
import { Sampler } from './sampler.ts';
import { RecordingSpan } from './span.ts';
import { drawRandomness, newSpanId, newTraceId } from './span-ids.ts';
import { remoteParent, testTracing } from './tracing.test-support.ts';

/** The rule as the specification has it, on the id as other services see it. */
function sampledByOpenTelemetry(traceId: string, ratio: number): boolean {
  const randomness = BigInt(`0x${traceId.slice(-14)}`);
  return randomness >= BigInt(Math.round((1 - ratio) * 2 ** 28)) << 28n;
}

describe('Sampler', () => {
  it('records about as many traces as the ratio says', () => {
    const { tracer } = testTracing({ sampling: { ratio: 0.25 } });
    let recorded = 0;
    for (let i = 0; i < 20_000; i++) if (tracer.startSpan('work', {}, ROOT_CONTEXT).isRecording()) recorded++;
    expect(recorded / 20_000).toBeGreaterThan(0.22);
    expect(recorded / 20_000).toBeLessThan(0.28);
  });

  it('decides so that every service that knows the trace id and the ratio decides alike', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (ratio) => {
        const { tracer } = testTracing({ sampling: { ratio } });
        for (let i = 0; i < 10; i++) {
          const span = tracer.startSpan('work', {}, ROOT_CONTEXT);
          expect(span.isRecording()).toBe(sampledByOpenTelemetry(span.spanContext().traceId, ratio));
        }
      }),
    );
  });

  it('records with a higher ratio whatever it records with a lower one', () => {
    const [low, high] = [new Sampler({ ratio: 0.1 }), new Sampler({ ratio: 0.5 })];
    for (let i = 0; i < 1000; i++) {
      const randomness = drawRandomness();
      if (low.samples(randomness)) expect(high.samples(randomness)).toBe(true);
    }
  });

  it('records everything at ratio 1, which is the default, and nothing at ratio 0', () => {
    for (let i = 0; i < 1000; i++) {
      expect(new Sampler().samples(drawRandomness())).toBe(true);
      expect(new Sampler({ ratio: 0 }).samples(drawRandomness())).toBe(false);
    }
    expect(new Sampler().samples(0)).toBe(true);
    expect(new Sampler({ ratio: 0 }).samples(2 ** 28 - 1)).toBe(false);
  });

  it('lets a parent decide, whatever the ratio', () => {
    expect(testTracing({ sampling: { ratio: 0 } }).tracer.startSpan('work', {}, remoteParent(1))).toBeInstanceOf(
      RecordingSpan,
    );
    expect(testTracing({ sampling: { ratio: 1 } }).tracer.startSpan('work', {}, remoteParent(0))).toBeInstanceOf(
      NonRecordingSpan,
    );
  });

  it('decides itself below a parent that is not part of a trace', () => {
    const { tracer, finished } = testTracing();
    tracer.startSpan('work', {}, remoteParent(0, { traceId: '0'.repeat(32) })).end();
    expect(finished).toHaveLength(1);
    expect(finished[0]).not.toHaveProperty('parentSpanId');
  });

  it('lets a local parent decide, too', () => {
    const { tracer } = testTracing({ sampling: { ratio: 0.5 } });
    for (let i = 0; i < 100; i++) {
      const parent = tracer.startSpan('parent', {}, ROOT_CONTEXT);
      const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent));
      expect(child.isRecording()).toBe(parent.isRecording());
      expect(child.spanContext().traceId).toBe(parent.spanContext().traceId);
      expect(child.spanContext().spanId).not.toBe(parent.spanContext().spanId);
    }
  });

  it('carries an unsampled trace on with its trace state and unchanging ids', () => {
    const { tracer } = testTracing();
    const traceState = createTraceState('vendor=1');
    const span = tracer.startSpan('work', {}, remoteParent(0, { traceState }));
    const grandchild = tracer.startSpan('more', {}, trace.setSpan(ROOT_CONTEXT, span));
    expect(grandchild.spanContext()).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      traceFlags: 0,
      traceState,
    });
    expect(grandchild.spanContext()).toBe(grandchild.spanContext());
    expect(span.spanContext().spanId).not.toBe(grandchild.spanContext().spanId);
  });

  it.each<[string, unknown]>([
    ['sampling', 0.1],
    ['sampling', null],
    ['sampling.ratio', 10],
    ['sampling.ratio', -0.1],
    ['sampling.ratio', Number.NaN],
    ['sampling.ratio', '0.1'],
    ['sampling.keep', true],
    ['sampling.keep.errors', 'yes'],
    ['sampling.keep.slowerThan', -1],
    ['sampling.keep.slowerThan', '1s'],
  ])('refuses a wrong %s (%o) when it is defined, and names it', (option, value) => {
    const nest = (path: readonly string[]): unknown =>
      path.length === 0 ? value : { [path[0] as string]: nest(path.slice(1)) };
    const sampling = nest(option.split('.').slice(1)) as SamplingOptions;
    expect(() => testTracing({ sampling })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(`${option} is `) }),
    );
  });
});

describe('ids', () => {
  it('are lower-case hexadecimal digits and do not repeat', () => {
    const traceIds = new Set(Array.from({ length: 10_000 }, () => newTraceId(drawRandomness())));
    const spanIds = new Set(Array.from({ length: 10_000 }, newSpanId));
    expect(traceIds.size).toBe(10_000);
    expect(spanIds.size).toBe(10_000);
    for (const id of traceIds) expect(id).toMatch(/^[0-9a-f]{32}$/);
    for (const id of spanIds) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('use every digit at every place', () => {
    const seen = Array.from({ length: 48 }, () => new Set<string>());
    for (let i = 0; i < 2000; i++) {
      const digits = newTraceId(drawRandomness()) + newSpanId();
      for (const [place, met] of seen.entries()) met.add(digits.charAt(place));
    }
    expect(seen.map((digits) => digits.size)).toEqual(Array.from({ length: 48 }, () => 16));
  });

  it('spell the randomness that the decision was made on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 28 - 1 }), (randomness) => {
        expect(Number.parseInt(newTraceId(randomness).slice(18, 25), 16)).toBe(randomness);
      }),
    );
  });
});
