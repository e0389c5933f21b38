import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleRate } from './sample-rate.ts';
import { weightedValues } from './weighted-values.ts';

describe('thinned out values', () => {
  it('stand for all observations, and no bucket goes without', () => {
    const buckets = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(buckets, fc.integer({ min: 1, max: 200 }), (counts, most) => {
        const values = weightedValues(
          counts.map((count, i) => [i, count] as const),
          most,
        );
        for (const [i, count] of counts.entries()) {
          const of = values.filter(([value]) => value === i);
          expect(of.length).toBeGreaterThan(0);
          expect(of.reduce((sum, [, weight]) => sum + weight, 0)).toBe(count);
        }
        expect(values.length).toBeLessThanOrEqual(most + counts.length);
      }),
    );
  });

  it('are all there as long as there are few', () => {
    expect(
      weightedValues(
        [
          [1, 2],
          [5, 1],
        ],
        3,
      ),
    ).toEqual([
      [1, 1],
      [1, 1],
      [5, 1],
    ]);
  });
});

describe('a sample rate', () => {
  it('gives its count back, whether its decimals are cut off or not, and has no exponent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1e9 }), (weight) => {
        const text = sampleRate(weight);
        expect(text).toMatch(/^0\.\d+$/);
        expect(Math.floor(1 / Number(text))).toBe(weight);
        expect(1 / Number(text)).toBeCloseTo(weight, 2);
      }),
      { numRuns: 2000 },
    );
  });

  it('is short where it can be', () => {
    expect([2, 3, 10, 49].map(sampleRate)).toEqual(['0.5', '0.333333333333', '0.1', '0.0204081632653']);
  });
});
