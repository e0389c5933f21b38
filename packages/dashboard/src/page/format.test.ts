import { describe, expect, it } from 'vitest';
import { ago, bytes, bytesPerSecond, count, money, percent, plural, rate, seconds } from '../../page/src/format.ts';

describe('numbers on the page', () => {
  it('are a dash when nobody knows them', () => {
    const formats = [count, rate, seconds, bytes, bytesPerSecond, percent, money];
    expect(formats.flatMap((format) => [format(null), format(undefined), format(Number.NaN)])).toEqual(
      Array(21).fill('–'),
    );
  });

  it.each([
    [0, '0'],
    [950, '950'],
    [12_345, '12,345'],
    [999_499, '999,499'],
    [999_500, '1 M'],
    [1_234_567, '1.23 M'],
    [7.3e9, '7.3 G'],
    [2.5e12, '2.5 T'],
    [0.333, '0.33'],
  ])('counts %s as %s', (value, text) => expect(count(value)).toBe(text));

  it.each([
    [0, '0 /s'],
    [0.000_01, '<0.01 /min'],
    [0.05, '3 /min'],
    [0.5, '0.5 /s'],
    [12.34, '12.3 /s'],
    [1234.5, '1,235 /s'],
    [2.5e6, '2.5 M /s'],
  ])('says a rate of %s as %s', (value, text) => expect(rate(value)).toBe(text));

  it.each([
    [0, '0 ms'],
    [1e-9, '<1 µs'],
    [0.000_85, '850 µs'],
    [0.0123, '12.3 ms'],
    [0.9996, '1 s'],
    [1.234, '1.23 s'],
    [59.97, '1 min'],
    [200, '3 min 20 s'],
    [18_180, '5 h 3 min'],
    [187_200, '2 d 4 h'],
  ])('says %s seconds as %s', (value, text) => expect(seconds(value)).toBe(text));

  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1_500, '1.5 kB'],
    [999_600, '1 MB'],
    [2.4e8, '240 MB'],
    [1.5e10, '15 GB'],
    [3e12, '3 TB'],
  ])('says %s bytes as %s', (value, text) =>
    expect([bytes(value), bytesPerSecond(value)]).toEqual([text, `${text}/s`]),
  );

  it.each([
    [0, '0 %'],
    [0.000_01, '<0.01 %'],
    [0.0025, '0.25 %'],
    [0.12, '12 %'],
    [0.9876, '98.8 %'],
    [12, '1,200 %'],
  ])('says a share of %s as %s', (value, text) => expect(percent(value)).toBe(text));

  it('says what a month costs, and of next to nothing that it is not nothing', () => {
    expect([0, 0.001, 12.345, 1234.5].map(money)).toEqual(['$0', '<$0.01', '$12.35', '$1,235']);
  });

  it('says how long ago something was', () => {
    expect([null, 99.5, 88, -100, -7_000, -200_000].map((time) => ago(time, 100))).toEqual([
      'never',
      'just now',
      '12 s ago',
      '3 min ago',
      '1 h ago',
      '2 d ago',
    ]);
  });

  it('counts one and many', () => {
    expect([plural(1, 'job'), plural(1_200, 'job'), plural(2, 'process', 'processes')]).toEqual([
      '1 job',
      '1,200 jobs',
      '2 processes',
    ]);
  });
});
