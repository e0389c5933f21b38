import { describe, expect, it } from 'vitest';
import { measure } from '../telemetry.test-support.ts';

const PROGRAM = new URL('./programs.test-support.ts', import.meta.url);

describe('memory', () => {
  it('stays flat through 10 million distinct attribute values, and the totals add up', async () => {
    const { growth, series, sum } = await measure(PROGRAM, ['distinctValues']);
    expect({ series, sum }).toEqual({ series: 2000, sum: 10_000_000 });
    expect(growth).toBeLessThan(2_000_000);
  });

  it('stays flat through ever new attribute keys, and the totals add up', async () => {
    const { growth, series, sum } = await measure(PROGRAM, ['distinctKeys']);
    expect({ series, sum }).toEqual({ series: 2000, sum: 100_000 });
    expect(growth).toBeLessThan(2_000_000);
  });

  it('is at most 200 bytes for a counter series of three attributes', async () => {
    const { bytes, series } = await measure(PROGRAM, ['bytesPerSeries']);
    expect(series).toBe(10_001);
    expect(bytes).toBeLessThanOrEqual(200);
  });

  it('is not taken by recording', async () => {
    const bytes = await measure(PROGRAM, ['bytesPerRecord']);
    expect(Object.entries(bytes).filter(([, one]) => one >= 1)).toEqual([]);
    expect(Object.keys(bytes)).toHaveLength(8);
  });
});
