import { describe, expect, it } from 'vitest';
import { LineStore } from '../../page/src/live/line-store.ts';

const START = 1_800_000_000;

describe('LineStore', () => {
  it('keeps what each second told', () => {
    const store = new LineStore();
    store.append(START, Object.entries({ a: 1, b: 10 }));
    store.append(START + 1, Object.entries({ a: 2, b: null }));
    expect(store.read('a', 300)).toEqual({ times: [START, START + 1], values: [1, 2] });
    expect(store.read('b', 300).values).toEqual([10, null]);
    expect(store.read('nobody', 300)).toEqual({ times: [], values: [] });
  });

  it('leaves out what is not newer, as a frame that is told twice', () => {
    const store = new LineStore();
    store.append(START, [['a', 1]]);
    store.append(START, [['a', 2]]);
    store.append(START - 5, [['a', 3]]);
    expect(store.read('a', 300).values).toEqual([1]);
  });

  it('adds lines up, and knows nothing only where all know nothing', () => {
    const store = new LineStore();
    store.append(START, [
      ['a', 1],
      ['b', 10],
    ]);
    store.append(START + 1, [['a', 2]]);
    store.append(START + 2, []);
    expect(store.sum(['a', 'b', 'none'], 300).values).toEqual([11, 2, null]);
  });

  it('reads only as far back as it is asked to', () => {
    const store = new LineStore();
    for (let i = 0; i <= 100; i++) store.append(START + i, [['a', i]]);
    expect(store.read('a', 10).values).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
  });

  it('shows a silence as a gap', () => {
    const store = new LineStore();
    store.append(START, [['a', 1]]);
    store.append(START + 60, [['a', 2]]);
    expect(store.read('a', 300)).toEqual({ times: [START, START + 1, START + 60], values: [1, null, 2] });
  });

  it('remembers an hour in bounded memory: the last five minutes by the second, the rest by means of ten seconds', () => {
    const store = new LineStore();
    for (let i = 0; i < 3 * 3_600; i++) store.append(START + i, [['a', i]]);
    const { times, values } = store.read('a', 100_000);
    const end = START + 3 * 3_600 - 1;
    expect(times[0]).toBeGreaterThanOrEqual(end - 3_600 - 130);
    expect(times[0]).toBeLessThan(end - 3_500);
    expect(times.at(-1)).toBe(end);
    expect(values.at(-1)).toBe(3 * 3_600 - 1);
    expect(values.at(-300)).toBe(3 * 3_600 - 300);
    expect(store.pointCount).toBeLessThanOrEqual(768);
    // The mean of ten seconds whose last one is the time.
    const at = times.findIndex((time) => time > end - 1_800);
    expect(values[at]).toBeCloseTo((times[at] as number) - START - 4.5, 3);
  });

  it('has room for 4,096 lines, and for others when nobody has told of them for an hour', () => {
    const store = new LineStore();
    store.append(
      START,
      Array.from({ length: 5_000 }, (_, i) => [`old ${i}`, i] as const),
    );
    expect(store.lineCount).toBe(4_096);
    for (let i = 1; i < 4_500; i++) store.append(START + i, [['new', i]]);
    expect(store.read('new', 1).values).toEqual([4_498, 4_499]);
    expect(store.lineCount).toBe(1);
  });

  it('puts the history of the server in front of what was seen here', () => {
    const store = new LineStore();
    store.append(START + 20, [
      ['a', 5],
      ['own', 7],
    ]);
    store.merge({ times: [START, START + 5, START + 10], lines: { a: [1, null, 3], theirs: [9, 9, 9] } });
    expect(store.read('a', 300)).toEqual({
      times: [START, START + 5, START + 10, START + 20],
      values: [1, null, 3, 5],
    });
    expect(store.read('own', 300).values).toEqual([null, null, null, 7]);
    expect(store.read('theirs', 300).values).toEqual([9, 9, 9, null]);
  });

  it('fills a gap from the history and keeps its own finer points', () => {
    const store = new LineStore();
    for (const time of [0, 1, 2, 3, 40, 41]) store.append(START + time, [['a', time]]);
    store.merge({
      times: [0, 5, 10, 20, 30, 40].map((time) => START + time),
      lines: { a: [100, 105, 110, 120, 130, 140] },
    });
    expect(store.read('a', 300)).toEqual({
      times: [0, 1, 2, 3, 10, 20, 30, 40, 41].map((time) => START + time),
      values: [0, 1, 2, 3, 110, 120, 130, 40, 41],
    });
  });

  it('stays bounded whatever history it is given', () => {
    const store = new LineStore();
    const times = Array.from({ length: 20_000 }, (_, i) => START + i / 10);
    store.merge({ times, lines: { a: times.map((_, i) => i) } });
    for (let i = 0; i < 300; i++) store.append(START + 2_001 + i, [['a', i]]);
    expect(store.pointCount).toBeLessThanOrEqual(768);
    expect(store.read('a', 1).values).toEqual([298, 299]);
  });

  it('merges an empty history into nothing', () => {
    const store = new LineStore();
    store.merge({ times: [], lines: {} });
    expect(store.pointCount).toBe(0);
  });
});
