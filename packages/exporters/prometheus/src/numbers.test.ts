import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBound, formatCanonicalBound, formatValue } from './numbers.ts';

test('a value is spelled so that it reads back as the same number', () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), (value) => Object.is(parse(formatValue(value)), value + 0)));
});

test.each([
  [0, '0'],
  [-0, '0'],
  [3, '3'],
  [0.1, '0.1'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('the value %d is spelled %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});

// The examples of OpenMetrics 1.0, "Considerations: Canonical Numbers", and what Go's %g gives for others.
test.each([
  [0, '0.0'],
  [0.001, '0.001'],
  [0.01, '0.01'],
  [0.999, '0.999'],
  [1, '1.0'],
  [1.7, '1.7'],
  [10, '10.0'],
  [-2.5, '-2.5'],
  [1e-10, '1e-10'],
  [1e-5, '1e-05'],
  [0.0001, '0.0001'],
  [100_000, '100000.0'],
  [123_456, '123456.0'],
  [1e6, '1e+06'],
  [1_048_576, '1.048576e+06'],
  [1e10, '1e+10'],
  [1e100, '1e+100'],
  [Number.POSITIVE_INFINITY, '+Inf'],
])('the boundary %d is %s in OpenMetrics', (value, text) => {
  expect(formatCanonicalBound(value)).toBe(text);
});

test('a boundary is spelled in the text format as prom-client spells it', () => {
  expect([0.005, 1, 1e6, Number.POSITIVE_INFINITY].map(formatBound)).toEqual(['0.005', '1', '1000000', '+Inf']);
});

function parse(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
