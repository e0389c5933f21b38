import { nastyAttributes } from '@telltale/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Spelling } from './spelling.ts';

const dots = () => new Spelling({ naming: 'dots' });
const pascal = () => new Spelling({ naming: 'pascal' });
/** As "Dimension" of the CloudWatch API reference has it. */
const TAKEN = /^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/;
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('%', '2', '5', 'C', '3', 'é', ' ', '(', ')', ':', '\ud800', 'u', 'D') }),
  fc.constantFrom('', '(empty)', '%28empty)', ' ', '%20', '  ', '\u00a0', 'caf\u00e9', 'caf%C3%A9', 'caf%25C3%25A9'),
);

test('names that CloudWatch takes stay as they are', () => {
  for (const name of ['http.route', 'a-b/c', '9.starts', '__proto__', '50%', 'x y', '(a)']) {
    expect(dots().dimensionName(name)).toBe(name);
    expect(dots().metricName(name)).toBe(name);
    expect(dots().dimensionValue(name)).toBe(name);
  }
});

test('what CloudWatch refuses is percent-encoded', () => {
  const spelling = dots();
  expect(spelling.dimensionValue('Zoë')).toBe('Zo%C3%AB');
  expect(spelling.dimensionValue('a\nb')).toBe('a%0Ab');
  expect(spelling.dimensionValue('')).toBe('(empty)');
  expect(spelling.dimensionValue('  ')).toBe('%20%20');
  expect(spelling.dimensionValue('a\ud800b')).toBe('a%uD800b');
  expect(spelling.dimensionName(':key')).toBe('%3Akey');
  expect(spelling.dimensionValue(-1.5e-7)).toBe('-1.5e-7');
  expect(spelling.dimensionValue(false)).toBe('false');
});

test('what looks as if it were encoded is encoded, so that both can be told apart', () => {
  const spelling = dots();
  expect(spelling.dimensionValue('Zo%C3%AB')).toBe('Zo%25C3%25AB');
  expect(spelling.dimensionValue('(empty)')).toBe('%28empty)');
});

test('any two values that differ differ in CloudWatch, and CloudWatch takes both', () => {
  const { dimensionValue } = {
    dimensionValue: (value: string) => dots().dimensionValue(value),
  };
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(dimensionValue(a)).toMatch(TAKEN);
      expect(dimensionValue(a).length).toBeLessThanOrEqual(1024);
      expect(dimensionValue(a) === dimensionValue(b)).toBe(a === b);
    }),
    { numRuns: 2000 },
  );
});

test('a value that is too long is cut, with a hash of all of it', () => {
  const spelling = dots();
  const a = spelling.dimensionValue('\u{1F389}'.repeat(512));
  const b = spelling.dimensionValue(`${'\u{1F389}'.repeat(511)}x`);
  expect(a).toHaveLength(1024);
  expect(a).toMatch(/^(%F0%9F%8E%89)+.*~[0-9a-f]{12}$/);
  expect(b).toHaveLength(1024);
  expect(a).not.toBe(b);
  expect(spelling.dimensionValue('x'.repeat(1024))).toBe('x'.repeat(1024));
});

test('pascal joins what dots and the like part', () => {
  const spelling = pascal();
  expect(spelling.metricName('http.server.request.duration')).toBe('HttpServerRequestDuration');
  expect(spelling.metricName('job.api_calls')).toBe('JobApiCalls');
  expect(spelling.dimensionName('http.response.status_code')).toBe('HttpResponseStatusCode');
  expect(spelling.dimensionName('tenantId')).toBe('TenantId');
  expect(spelling.dimensionName('.')).toBe('.');
});

test('a name that would be called as another is keeps its own spelling, or gets a number', () => {
  const spelling = pascal();
  expect(spelling.dimensionName('http.route')).toBe('HttpRoute');
  expect(spelling.dimensionName('http_route')).toBe('http_route');
  expect(spelling.dimensionName('HttpRoute')).toBe('HttpRoute_2');
  expect(spelling.dimensionName('http.route')).toBe('HttpRoute');
  // Metrics and dimensions do not meet.
  expect(spelling.metricName('http.route')).toBe('HttpRoute');
});

test('any names that differ differ in CloudWatch, and CloudWatch takes all', () => {
  fc.assert(
    fc.property(fc.uniqueArray(texts, { maxLength: 12 }), fc.constantFrom('dots', 'pascal'), (names, naming) => {
      const spelling = new Spelling({ naming });
      const spelt = names.map((name) => spelling.dimensionName(name));
      expect(new Set(spelt).size).toBe(names.length);
      for (const name of spelt) {
        expect(name).toMatch(TAKEN);
        expect(name.startsWith(':')).toBe(false);
        expect(name.length).toBeLessThanOrEqual(250);
      }
    }),
    { numRuns: 1000 },
  );
});

test('names that are reserved, or of metrics in the same line, are not given to dimensions', () => {
  const spelling = new Spelling({ naming: 'dots', reserved: ['_aws', 'Stage'], together: true });
  expect(spelling.dimensionName('_aws')).toBe('_aws_2');
  expect(spelling.dimensionName('Stage')).toBe('Stage_2');
  expect(spelling.metricName('orders')).toBe('orders');
  expect(spelling.dimensionName('orders')).toBe('orders_2');
});

test('all attributes that careless code breaks on are taken', () => {
  const spelling = dots();
  for (const attributes of nastyAttributes()) {
    for (const [key, value] of Object.entries(attributes)) {
      expect(spelling.dimensionName(key)).toMatch(TAKEN);
      expect(spelling.dimensionValue(value)).toMatch(TAKEN);
    }
  }
});
