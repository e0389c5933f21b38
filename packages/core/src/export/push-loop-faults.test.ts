import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../diagnostics.ts';
import type { NumberPoint, Point } from '../metrics/snapshot.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { type ExportContext, ExportError, type ExportResult } from './exporter.ts';
import { PushLoop } from './push-loop.ts';
import { attributesOf, counter, emptySource, pointsOf, resource, snapshotOf, spanOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

/** What the backend does with one call. A third of the items, or all of them, are taken before it fails. */
const fault = fc.constantFrom(
  'take',
  'fail',
  'throw',
  'part then fail',
  'part then 429',
  'all then fail',
  'refuse',
  'hang',
  'late',
  'named then fail',
  'again',
);
type Fault = typeof fault extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  fc.record({ do: fc.constant('record' as const), count: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 90 }) }),
  fc.record({ do: fc.constant('set the clock' as const), seconds: fc.integer({ min: -5000, max: 5000 }) }),
  fc.constant({ do: 'flush' as const }),
);

describe('whatever the backend does', () => {
  it('every span is taken once, refused, given up, dropped or still waiting, and every count is taken once, refused or given up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 15 }),
        fc.array(fault, { maxLength: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (steps, faults, random) => {
          const backend = new Backend(faults, random);
          backend.loop.start();
          for (const one of steps) {
            if (one.do === 'record') backend.record(one.count);
            else if (one.do === 'wait') await backend.clock.advance(one.seconds);
            else if (one.do === 'set the clock') backend.clock.correct(one.seconds);
            else void backend.loop.flush();
          }
          backend.faults.length = 0;
          // As long as the circuit breaker may wait.
          await backend.clock.advance(400);

          const { spans, metrics } = backend.loop.health().signals;
          expect(backend.handedAgain).toBe(0);
          expect(backend.mostAtOnce).toBeLessThanOrEqual(1);
          expect(spans).toMatchObject({ queued: 0, accepted: backend.taken.size });
          const { rejected = 0, dropped = 0, unknown = 0 } = spans ?? {};
          expect(unknown).toBe(backend.givenUp.spans + backend.again.spans);
          expect(backend.taken.size + rejected + dropped + backend.givenUp.spans).toBe(backend.recorded);
          expect(backend.sum + backend.refusedSum).toBe(2 * backend.recorded);
          expect(metrics).toMatchObject({ dropped: 0, unknown: backend.givenUp.metrics + backend.again.metrics });
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});

class Backend {
  readonly clock = new SettlingClock();
  readonly loop: PushLoop;
  readonly faults: Fault[];
  readonly taken = new Set<FinishedSpan>();
  recorded = 0;
  sum = 0;
  refusedSum = 0;
  handedAgain = 0;
  mostAtOnce = 0;
  /** Items of unknown outcome. */
  readonly givenUp = { spans: 0, metrics: 0 };
  readonly again = { spans: 0, metrics: 0 };
  private readonly running = { spans: 0, metrics: 0 };
  private readonly series = [attributesOf({ i: 0 }), attributesOf({ i: 1 })];

  constructor(faults: readonly Fault[], random: number) {
    this.faults = [...faults];
    this.loop = new PushLoop({
      exporter: {
        name: 'backend',
        temporality: 'delta',
        interval: 10,
        exportSpans: (spans, context) =>
          this.answer('spans', spans, context, (span) => {
            if (this.taken.has(span)) this.handedAgain++;
            this.taken.add(span);
          }),
        exportMetrics: (snapshot, context) =>
          this.answer('metrics', pointsOf(snapshot) as readonly NumberPoint[], context, (point) => {
            this.sum += point.value;
          }),
      },
      clock: this.clock,
      diagnostics: new Diagnostics(() => {}),
      resource,
      source: emptySource,
      collect: async () => {
        const time = this.clock.now();
        const points = this.series.map((attributes) => ({ attributes, startTime: 0, time, value: this.recorded }));
        return snapshotOf(time, counter('recorded', points));
      },
      random: () => random,
    });
  }

  record(count: number): void {
    for (let i = 0; i < count; i++) this.loop.offerSpan(spanOf(`span ${this.recorded++}`));
  }

  private answer<T extends Point | FinishedSpan>(
    signal: 'spans' | 'metrics',
    items: readonly T[],
    context: ExportContext,
    take: (item: T) => void,
  ): Promise<ExportResult | void> {
    const fault = this.faults.shift() ?? 'take';
    const accept = (some: readonly T[]): void => {
      for (const item of some) take(item);
      context.accepted(some);
    };
    const part = items.slice(0, Math.ceil(items.length / 3));
    if (fault === 'throw') throw new Error('thrown');
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running[signal]);
    const work = async (): Promise<ExportResult | void> => {
      switch (fault) {
        case 'take':
          for (const item of items) take(item);
          return;
        case 'fail':
          throw new ExportError('503');
        case 'part then fail':
          accept(part);
          throw new Error('reset');
        case 'part then 429':
          accept(part);
          return { accepted: part.length, rejected: items.length - part.length, retryAfter: 3 };
        case 'all then fail':
          accept(items);
          throw new Error('late');
        case 'refuse':
          if (signal === 'metrics') for (const item of items) this.refusedSum += (item as NumberPoint).value;
          throw new ExportError('400', { retryable: false });
        case 'named then fail': {
          const others = items.slice(part.length);
          accept(part);
          context.rejected?.(others.slice(0, 1), '400');
          context.unknown?.(others.slice(1, 2), 'give-up');
          this.givenUp[signal] += others.slice(1, 2).length;
          // What is given up may have arrived; of metrics both are lost for good here.
          if (signal === 'metrics') {
            for (const item of others.slice(0, 2)) this.refusedSum += (item as NumberPoint).value;
          }
          throw new Error('reset');
        }
        case 'again':
          context.unknown?.(part, 'again');
          this.again[signal] += part.length;
          for (const item of items.slice(part.length)) take(item);
          return;
        case 'hang':
          await new Promise((_, reject) =>
            context.signal.addEventListener('abort', () => reject(context.signal.reason)),
          );
          return;
        case 'late':
          // Heeds no signal and takes everything in the end.
          await new Promise<void>((resolve) => void this.clock.schedule(resolve, 30));
          for (const item of items) take(item);
      }
    };
    return work().finally(() => {
      this.running[signal]--;
    });
  }
}
