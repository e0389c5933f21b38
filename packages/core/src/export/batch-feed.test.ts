import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationEvent } from '../operations/operation-event.ts';
import type { FinishedSpan } from '../spans/finished-span.ts';
import { ExportError } from './exporter.ts';
import { type Answer, Stage } from './push-loop.test-support.ts';
import { eventOf, spanOf } from './samples.test-support.ts';

/** A simple exporter, whose backend refuses a batch as a whole for one span of it. */
function refusing(poison: (name: string) => boolean, retryable = false): { stage: Stage; taken: string[] } {
  const stage = new Stage({}, ['spans', 'events']);
  const taken: string[] = [];
  const answer: Answer = (items) => {
    const names = (items as readonly (FinishedSpan | OperationEvent)[]).map(({ name }) => name);
    if (names.some(poison)) return Promise.reject(new ExportError('400: bad span', { divisible: true, retryable }));
    taken.push(...names);
  };
  stage.always = answer;
  stage.loop.start();
  return { stage, taken };
}

function offer(stage: Stage, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, i) => `${i}`);
  for (const name of names) stage.loop.offerSpan(spanOf(name));
  return names;
}

describe('a batch that is refused for what is at fault in some of it', () => {
  it('is divided until that is by itself: the rest arrives, in order, at once', async () => {
    const { stage, taken } = refusing((name) => name === '301');
    const names = offer(stage, 512);
    await stage.clock.advance(5);
    expect(taken).toEqual(names.filter((name) => name !== '301'));
    expect(stage.calls).toHaveLength(19);
    expect(stage.outcomes).toEqual({ 'spans accepted': 511, 'spans rejected': 1 });
    expect(stage.told).toEqual([
      '1 of the spans were refused (400: bad span) and given up. Further ones are counted in health().',
    ]);
    expect(stage.loop.health()).toMatchObject({ status: 'ok', lastError: { message: '400: bad span' } });
  });

  it('is divided also when its error says that it may be tried again: what is by itself cannot', async () => {
    const { stage, taken } = refusing((name) => name === '2', true);
    offer(stage, 5);
    stage.loop.offerEvent(eventOf('2'));
    await stage.clock.advance(100);
    expect(taken).toEqual(['0', '1', '3', '4']);
    expect(stage.outcomes).toEqual({ 'spans accepted': 4, 'spans rejected': 1, 'events rejected': 1 });
  });

  it('any of them at fault, each is taken once or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1200 }),
        fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 5 }),
        async (count, at) => {
          const { stage, taken } = refusing((name) => at.includes(Number(name)));
          const names = offer(stage, count);
          await stage.clock.advance(10);
          expect(taken).toEqual(names.filter((name) => !at.includes(Number(name))));
          expect(stage.loop.health().signals.spans).toMatchObject({ queued: 0, dropped: 0, accepted: taken.length });
          expect(stage.loop.health().rejected).toBe(count - taken.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is given up when that would go on for too long', async () => {
    const { stage } = refusing(() => true);
    offer(stage, 512);
    await stage.clock.advance(5);
    expect(stage.calls.length).toBeLessThan(140);
    expect(stage.outcomes).toEqual({ 'spans rejected': 512 });
    expect(stage.loop.health()).toMatchObject({ status: 'failing', queued: { spans: 0 } });
    expect(stage.told).toHaveLength(1);
  });

  it('keeps its halves through an outage in between', async () => {
    const { stage, taken } = refusing((name) => name === '3');
    const names = offer(stage, 8);
    const down: Answer = () => Promise.reject(new Error('503'));
    stage.answers.push(stage.always as Answer, down, down);
    await stage.clock.advance(30);
    expect(taken).toEqual(names.filter((name) => name !== '3'));
    expect(stage.outcomes).toEqual({ 'spans accepted': 7, 'spans rejected': 1 });
  });
});

describe('events', () => {
  it('leave within a second, wherever they come and whatever the jitter', async () => {
    for (const random of [0, 0.3, 0.5, 0.999]) {
      const stage = new Stage({}, ['events'], random);
      const came = new Map<string, number>();
      const late: number[] = [];
      // A call takes some time, in which others come.
      stage.always = async (items) => {
        for (const { name } of items as readonly OperationEvent[])
          late.push(stage.clock.monotonic() - (came.get(name) as number));
        await new Promise<void>((resolve) => void stage.clock.schedule(resolve, 0.6));
      };
      stage.loop.start();
      for (let i = 0; i < 100; i++) {
        came.set(`${i}`, stage.clock.monotonic());
        stage.loop.offerEvent(eventOf(`${i}`));
        await stage.clock.advance(0.17);
      }
      await stage.clock.advance(2);
      expect(late).toHaveLength(100);
      expect(Math.max(...late)).toBeLessThanOrEqual(1);
    }
  });
});
