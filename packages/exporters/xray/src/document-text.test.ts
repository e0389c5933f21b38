import type { FinishedSpan } from '@telltale/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { documentsSent, spanWith } from './xray.test-support.ts';

/** Any unit of UTF-16, halves of pairs too; fast-check's own take seconds to make. */
const anyCharacter = fc.oneof(
  fc.constantFrom('a', '_', ' ', 'ü', '日', '\u{1F389}', '\0', '"'),
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
);

const long = '\u{1F389}'.repeat(30_000);

it.each([
  ['events', { events: [{ name: 'log', time: 1, attributes: { long } }] }, 'events: longer than 64 kB'],
  [
    'resource',
    { resource: { attributes: { 'service.name': 'shop', long } } },
    'events and resource: longer than 64 kB',
  ],
  ['long attributes', { attributes: { long, short: 'x' } }, 'events, resource and long attributes: longer than 64 kB'],
  [
    'all attributes',
    { attributes: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key.${i}`, 'value of it'])) },
    'everything: longer than 64 kB',
  ],
])('leaves %s out of a document that is too long, and says so', async (_, over, words) => {
  const [document] = await documentsSent([spanWith({ events: [], ...(over as Partial<FinishedSpan>) })]);
  expect(document?.metadata?.span).toMatchObject({ name: 'GET /orders/:id', cut: words });
});

it('gets any span there', async () => {
  const text = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc.constant(long),
    fc.constant('\n    at x (y:1:2)'.repeat(3000)),
  );
  const attributes = fc.dictionary(text, fc.oneof(text, fc.double(), fc.array(text, { maxLength: 3 })), {
    maxKeys: 80,
  });
  const span = fc.record({
    name: text,
    kind: fc.constantFrom(0, 1, 2, 3, 4),
    parentIsRemote: fc.boolean(),
    attributes,
    statusMessage: text,
    events: fc.array(
      fc.record({
        name: fc.oneof(fc.constant('exception'), text),
        time: fc.constant(1),
        attributes: fc.record({ 'exception.type': text, 'exception.message': text, 'exception.stacktrace': text }),
      }),
      { maxLength: 12 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(span, { minLength: 1, maxLength: 3 }), async (spans) => {
      const made = spans.map((one, i) =>
        spanWith({ ...(one as Partial<FinishedSpan>), spanId: `a${i}`.padStart(16, '0') }),
      );
      const chosen = made
        .flatMap((one) => Object.keys(one.attributes))
        .filter((key) => key !== '')
        .slice(0, 50);
      await documentsSent(made, { annotations: chosen });
    }),
    { numRuns: 15 },
  );
});
