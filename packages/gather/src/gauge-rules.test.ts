import { expect, it } from 'vitest';
import { type GaugeRule, gaugeRule, mergeGauges } from './gauge-rules.ts';

const part = (value: number, time = 0, weight = 0) => ({ value, time, weight });

it.each<[GaugeRule, number]>([
  ['sum', 12],
  ['max', 7],
  ['min', 2],
  ['mean', 4],
  ['last', 3],
])('%s of 7, 2 and 3 is %d', (rule, expected) => {
  expect(mergeGauges(rule, [part(7, 1), part(2, 2), part(3, 3)])).toBe(expected);
});

it('the last value is the one that changed last, whoever told it first', () => {
  expect(mergeGauges('last', [part(1, 9), part(2, 4)])).toBe(1);
});

it('a mean is weighted where there are weights', () => {
  expect(mergeGauges('mean', [part(1, 0, 1), part(0, 0, 3)])).toBe(0.25);
});

it('what is no number counts only where nothing else is there', () => {
  expect(mergeGauges('max', [part(Number.NaN), part(2)])).toBe(2);
  expect(mergeGauges('sum', [part(Number.NaN)])).toBeNaN();
  expect(mergeGauges('sum', [])).toBeUndefined();
  expect(mergeGauges('max', [part(Number.NEGATIVE_INFINITY), part(Number.POSITIVE_INFINITY)])).toBe(Infinity);
});

it('the first rule that fits a name counts, before the built-in ones', () => {
  const given = { 'job.memory.peak': 'min', 'x.y': 'sum', 'x.*': 'max' } as const;
  expect(
    ['job.memory.peak', 'x.y', 'x.z', 'worker_pool.utilization', 'y'].map((name) => gaugeRule(name, given)),
  ).toEqual(['min', 'sum', 'max', 'mean', 'last']);
  expect(gaugeRule('toString', {})).toBe('last');
  expect(
    ['nodejs.eventloop.delay.p99', 'nodejs.eventloop.utilization', 'process.memory.usage', 'system.memory.usage'].map(
      (name) => gaugeRule(name, {}),
    ),
  ).toEqual(['max', 'mean', 'sum', 'last']);
});
