import { describe, expect, it } from 'vitest';
import { Diagnostics } from '../diagnostics.ts';
import type { NumberPoint, Point } from '../metrics/snapshot.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { type Exportable, ExportError } from './exporter.ts';
import { type Answer, Stage } from './push-loop.test-support.ts';
import { PushLoop } from './push-loop.ts';
import { attributesOf, counter, emptySource, pointsOf, resource, snapshotOf, spanOf } from './samples.test-support.ts';
import { SettlingClock } from './settling-clock.test-support.ts';

function withSpans(count: number): { readonly stage: Stage; readonly spans: readonly FinishedSpan[] } {
  const stage = new Stage({}, ['spans']);
  stage.loop.start();
  const spans = Array.from({ length: count }, (_, i) => spanOf(`span ${i}`));
  for (const span of spans) stage.loop.offerSpan(span);
  return { stage, spans };
}

const some = (items: readonly unknown[], ...indexes: readonly number[]): readonly Exportable[] =>
  indexes.map((i) => items[i] as Exportable);

describe('a call that says item by item what became of them', () => {
  const named: Answer = (items, context) => {
    context.accepted(some(items, 0, 1));
    context.rejected?.(some(items, 2), 'too old');
    context.unknown?.(some(items, 3), 'give-up');
    return Promise.reject(new Error('503'));
  };

  it('and then fails is handed only the rest again, and each is counted once', async () => {
    const { stage, spans } = withSpans(6);
    stage.answers.push(named);
    await stage.clock.advance(10);
    expect(stage.calls.map(({ items }) => items)).toEqual([spans, spans.slice(4)]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 4, 'spans rejected': 1, 'spans unknown': 1 });
  });

  it('counts what is named twice, or is of no concern to it, once or not at all', async () => {
    const { stage } = withSpans(4);
    stage.answers.push((items, { accepted, rejected, unknown }) => {
      const stranger = spanOf('of someone else');
      accepted([...some(items, 0, 0), stranger]);
      rejected?.([...some(items, 0, 1, 1), stranger], 'too old');
      unknown?.([...some(items, 1, 2, 2), stranger], 'give-up');
      unknown?.([...some(items, 2, 3, 3), stranger], 'again');
      unknown?.(some(items, 3), 'again');
      return Promise.reject(new Error('503'));
    });
    await stage.clock.advance(10);
    expect(stage.sizes).toEqual([4, 1]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 2, 'spans rejected': 1, 'spans unknown': 2 });
  });

  it('hands over again what may not have arrived, also when the call resolves, and counts it once more if that is unknown, too', async () => {
    const { stage, spans } = withSpans(3);
    const lost: Answer = (items, { unknown }) => void unknown?.(some(items, items.length - 1), 'again');
    stage.answers.push(lost, lost);
    await stage.clock.advance(20);
    expect(stage.calls.map(({ items }) => items)).toEqual([spans, [spans[2]], [spans[2]]]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 3, 'spans unknown': 2 });
  });

  it('does not hand over again what arrived after all', async () => {
    const { stage } = withSpans(2);
    stage.answers.push((items, { unknown, accepted }) => {
      unknown?.(some(items, 0), 'again');
      accepted(some(items, 0));
    });
    await stage.clock.advance(20);
    expect(stage.sizes).toEqual([2]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 2, 'spans unknown': 1 });
    expect(stage.loop.health().status).toBe('ok');
  });

  it('counts what is unknown once, when the call then fails with an unknown outcome', async () => {
    const { stage } = withSpans(3);
    stage.answers.push((items, { unknown }) => {
      unknown?.(some(items, 0), 'again');
      return Promise.reject(new ExportError('reset', { outcomeUnknown: true }));
    });
    await stage.clock.advance(10);
    expect(stage.outcomes).toEqual({ 'spans accepted': 3, 'spans unknown': 3 });
  });

  it('is believed nothing after it has settled', async () => {
    const { stage, spans } = withSpans(2);
    let late = (): void => {};
    stage.answers.push((_, { rejected, unknown }) => {
      late = () => {
        rejected?.(spans, 'late');
        unknown?.(spans, 'give-up');
      };
      return Promise.reject(new Error('503'));
    });
    await stage.clock.advance(5);
    late();
    await stage.clock.advance(5);
    expect(stage.sizes).toEqual([2, 2]);
    expect(stage.outcomes).toEqual({ 'spans accepted': 2 });
  });

  it('that refuses all of them one by one has failed, and is not tried again', async () => {
    const { stage } = withSpans(2);
    stage.answers.push((items, { rejected }) => {
      rejected?.(items as readonly Exportable[], 'no such dataset');
      return { accepted: 0, rejected: 2, reason: 'no such dataset' };
    });
    await stage.clock.advance(20);
    expect(stage.calls).toHaveLength(1);
    expect(stage.outcomes).toEqual({ 'spans rejected': 2 });
    expect(stage.loop.health()).toMatchObject({ status: 'failing', lastError: { message: 'no such dataset' } });
  });

  it('and is cut off by the end has each counted once', async () => {
    const { stage } = withSpans(5);
    stage.always = (items, { accepted, rejected, unknown }) => {
      accepted(some(items, 0));
      rejected?.(some(items, 1), 'too old');
      unknown?.(some(items, 2), 'again');
      return new Promise(() => {});
    };
    await stage.clock.advance(5);
    const deadline = new AbortController();
    const ended = stage.loop.shutdown(deadline.signal);
    deadline.abort(new Error('deadline'));
    await stage.clock.advance(0);
    await ended;
    expect(stage.outcomes).toEqual({ 'spans accepted': 1, 'spans rejected': 1, 'spans unknown': 3 });
  });

  it('works for differences of metrics the same: what is settled does not come again, the rest is only wider', async () => {
    const clock = new SettlingClock();
    const series = Array.from({ length: 6 }, (_, i) => attributesOf({ i }));
    const handed: Record<string, number>[] = [];
    let value = 1;
    const loop = new PushLoop({
      exporter: {
        name: 'backend',
        temporality: 'delta',
        interval: 10,
        exportMetrics: (snapshot, context) => {
          const points = pointsOf(snapshot) as readonly NumberPoint[];
          handed.push(Object.fromEntries(points.map((point) => [point.attributes.i, point.value])));
          if (handed.length > 1) return Promise.resolve();
          value = 3;
          return Promise.resolve(named(points, context)) as Promise<void>;
        },
      },
      clock,
      diagnostics: new Diagnostics(() => {}),
      resource,
      source: emptySource,
      collect: async () => {
        const time = clock.now();
        return snapshotOf(
          time,
          counter(
            'orders',
            series.map((attributes): Point & NumberPoint => ({ attributes, startTime: 0, time, value })),
          ),
        );
      },
      random: () => 0.5,
    });
    loop.start();
    await clock.advance(15);
    expect(handed).toEqual([
      { 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 },
      { 0: 2, 1: 2, 2: 2, 3: 2, 4: 3, 5: 3 },
    ]);
    expect(loop.health()).toMatchObject({ accepted: 8, rejected: 1, unknown: 1, dropped: 0 });
  });
});
