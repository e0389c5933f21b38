import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundedBuffer } from './bounded-buffer.ts';

describe('BoundedBuffer', () => {
  it('gives the oldest items first, at most as many as asked for', () => {
    const buffer = new BoundedBuffer<number>(10);
    for (const item of [1, 2, 3]) expect(buffer.push(item)).toBe(true);
    expect(buffer.take(2)).toEqual([1, 2]);
    expect(buffer.size).toBe(1);
    expect(buffer.take(10)).toEqual([3]);
    expect(buffer.take(10)).toEqual([]);
    expect(buffer.dropped).toBe(0);
  });

  it('drops new items when it is full, and counts them', () => {
    const buffer = new BoundedBuffer<number>(2);
    expect([1, 2, 3, 4].map((item) => buffer.push(item))).toEqual([true, true, false, false]);
    expect(buffer.dropped).toBe(2);
    expect(buffer.take(10)).toEqual([1, 2]);
    expect(buffer.push(5)).toBe(true);
    expect(buffer.dropped).toBe(2);
  });

  it('behaves like a list with a limit, however often it wraps', () => {
    const step = fc.oneof(fc.constant('push' as const), fc.integer({ min: -1, max: 6 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        const buffer = new BoundedBuffer<number>(capacity);
        const list: number[] = [];
        let dropped = 0;
        steps.forEach((what, i) => {
          if (what !== 'push') expect(buffer.take(what)).toEqual(list.splice(0, Math.max(0, what)));
          else if (list.length < capacity) expect([buffer.push(i), list.push(i)][0]).toBe(true);
          else expect([buffer.push(i), dropped++][0]).toBe(false);
          expect([buffer.size, buffer.dropped]).toEqual([list.length, dropped]);
        });
      }),
    );
  });
});
