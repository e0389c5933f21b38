import { expect, it } from 'vitest';
import { maskUrls } from './mask-urls.ts';

it.each([
  ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED 10.0.0.7:5432'],
  ['see https://collector:4318/v1/metrics now', 'see https://collector:4318/v1/metrics now'],
  ['postgres://app:secret@db:5432/shop', 'postgres://***@db:5432/shop'],
  ['"mongodb+srv://app:p@ss:w/rd@db/shop"', '"mongodb+srv://***@db/shop"'],
  ['https://token@host', 'https://***@host'],
  ['https://host/path?api_key=abc#d', 'https://host/path?***'],
  ['https://host/path#token', 'https://host/path?***'],
  ['https://hooks.slack.com/services/T0/B0/aaaaaaaaaaaaaaaaaaaaaaaa', 'https://hooks.slack.com/services/T0/B0/***'],
  ['write to me@example.com', 'write to me@example.com'],
  ['', ''],
])('%s', (text, masked) => {
  expect(maskUrls(text)).toBe(masked);
});

it('takes time by the length of what it is given', () => {
  // Squares of this would take minutes.
  for (const word of ['a://', 'a', '@', 'a ', '://@/?#']) {
    expect(maskUrls(word.repeat(500_000)).length).toBeGreaterThan(0);
  }
});
