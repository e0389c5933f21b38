import { afterEach, expect, it, vi } from 'vitest';
import { Pace } from './index.ts';

afterEach(() => vi.restoreAllMocks());

it('says after four milliseconds of work that others are due, and after each rest anew', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(100);
  const pace = new Pace();
  now.mockReturnValue(104);
  expect(pace.over()).toBe(false);
  now.mockReturnValue(104.1);
  expect(pace.over()).toBe(true);
  await pace.rest();
  expect(pace.over()).toBe(false);
  now.mockReturnValue(109);
  expect(pace.over()).toBe(true);
});

it('counts the time of work, and not that of rests', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(100);
  const pace = new Pace();
  now.mockReturnValue(105);
  const resting = pace.rest();
  now.mockReturnValue(1000);
  await resting;
  now.mockReturnValue(1002);
  expect(pace.worked).toBe(7);
});

it('lets others have their turn when it rests', async () => {
  const turns: string[] = [];
  setImmediate(() => turns.push('another'));
  await new Pace().rest();
  expect(turns).toEqual(['another']);
});
