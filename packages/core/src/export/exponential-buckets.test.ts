import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downscale, subtractBuckets } from './exponential-buckets.ts';

const buckets = fc.record({
  offset: fc.integer({ min: -300, max: 300 }),
  counts: fc.array(fc.nat({ max: 9 }), { maxLength: 40 }),
});

describe('downscale', () => {
  it('merges neighbours, also below zero', () => {
    expect(downscale({ offset: -3, counts: [1, 2, 3, 4, 5] }, 1)).toEqual({ offset: -2, counts: [1, 5, 9] });
    expect(downscale({ offset: 7, counts: [1] }, 30)).toEqual({ offset: 0, counts: [1] });
    expect(downscale({ offset: -7, counts: [1] }, 30)).toEqual({ offset: -1, counts: [1] });
  });

  it('loses no count, and two steps are the same as one of both', () => {
    fc.assert(
      fc.property(buckets, fc.nat({ max: 5 }), fc.nat({ max: 5 }), (before, a, b) => {
        const after = downscale(before, a);
        expect(total(after.counts)).toBe(total(before.counts));
        expect(downscale(after, b)).toEqual(downscale(before, a + b));
      }),
    );
  });
});

describe('subtractBuckets', () => {
  it('leaves what came since, without empty buckets at the ends', () => {
    expect(subtractBuckets({ offset: 0, counts: [1, 2, 0, 4, 1] }, { offset: 0, counts: [1, 0, 0, 3, 1] })).toEqual({
      offset: 1,
      counts: [2, 0, 1],
    });
    expect(subtractBuckets({ offset: 3, counts: [1] }, { offset: 3, counts: [1] })).toEqual({ offset: 0, counts: [] });
  });

  it('lines up buckets with different offsets', () => {
    expect(subtractBuckets({ offset: -2, counts: [1, 1, 5] }, { offset: 0, counts: [3] })).toEqual({
      offset: -2,
      counts: [1, 1, 2],
    });
  });
});

function total(counts: readonly number[]): number {
  return counts.reduce((a, b) => a + b, 0);
}
