import { expect, it } from 'vitest';
import { frozen } from './frozen.ts';

it('freezes data with all that it is made of, and gives it back', () => {
  const data = { points: [{ attributes: { plan: 'pro' }, buckets: [1, 2] }], nothing: null };
  expect(frozen(data)).toBe(data);
  for (const part of [data, data.points, data.points[0], data.points[0]?.attributes, data.points[0]?.buckets]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

it('leaves objects of classes as they are: they may have methods that change them', () => {
  const data = { seen: new Map([['a', {}]]), bytes: new Uint8Array(2), date: new Date(0) };
  frozen(data);
  for (const part of Object.values(data)) expect(Object.isFrozen(part)).toBe(false);
});
