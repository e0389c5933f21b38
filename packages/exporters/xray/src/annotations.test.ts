import fc from 'fast-check';
import { expect, it } from 'vitest';
import { annotationKey, annotationsOf } from './annotations.ts';
import { documentName } from './names.ts';
import { documentsSent, spanWith } from './xray.test-support.ts';

/** Any unit of UTF-16, halves of pairs too; fast-check's own take seconds to make. */
const anyCharacter = fc.oneof(
  fc.constantFrom('a', '_', ' ', 'ü', '日', '\u{1F389}', '\0', '"'),
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
);

it('makes annotations of the chosen attributes, and metadata of the rest', async () => {
  const attributes = { 'tenant.id': 'acme', amount: 4.5, paid: true, tags: ['a', 'b'], other: 'x' };
  const [document] = await documentsSent([spanWith({ attributes, events: [] })], {
    annotations: ['tenant.id', 'amount', 'paid', 'tags', 'absent', 'host.name'],
  });
  expect(document?.annotations).toEqual({
    tenant_id: 'acme',
    amount: 4.5,
    paid: true,
    tags: '["a","b"]',
    host_name: 'host-1',
  });
  // What is spelt another way as annotation is in the metadata as it was.
  expect(document?.metadata).toMatchObject({ attributes: { tags: ['a', 'b'], other: 'x' } });
});

it('keeps attributes apart that X-Ray would spell alike', () => {
  const attributes = { 'a.b': 1, 'a-b': 2, a_b: 3, 'ä b': 4 };
  const { annotations } = annotationsOf(spanWith({ attributes }), ['a.b', 'a-b', 'a_b', 'ä b']);
  expect({ ...annotations }).toEqual({ a_b: 1, a_b_2: 2, a_b_3: 3, __b: 4 });
});

it('takes any attributes as annotations', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string({ unit: anyCharacter, minLength: 1 }),
        fc.oneof(fc.string({ unit: anyCharacter }), fc.double(), fc.boolean()),
        { maxKeys: 60 },
      ),
      (attributes) => {
        const { annotations } = annotationsOf(spanWith({ attributes }), Object.keys(attributes));
        expect(Object.keys(annotations)).toHaveLength(Math.min(50, Object.keys(attributes).length));
        for (const [key, value] of Object.entries(annotations)) {
          expect(key).toMatch(/^[A-Za-z0-9_]{1,500}$/);
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          if (typeof value === 'string') expect([...value].length).toBeLessThanOrEqual(1000);
        }
      },
    ),
  );
});

it('spells any name as X-Ray takes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 500 }), (name) => {
      expect(documentName(name)).toMatch(/^[\p{L}\p{N}\s_.:/%&#=+\\\-@]{1,200}$/u);
      expect(annotationKey(name)).toMatch(/^[A-Za-z0-9_]{1,500}$/);
    }),
  );
  expect(documentName('  Zoë 日本 (a)! ')).toBe('Zoë 日本 _a__');
  expect(documentName('')).toBe('unnamed');
});
