import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Escaping, escapeName, isPlainLabelName, isPlainMetricName } from './escaping.ts';

// The names of prometheus/common's own tests of its escaping.
test.each([
  ['no:escaping_required', 'no:escaping_required', 'no:escaping__required', 'no:escaping_required'],
  [
    'mysystem.prod.west.cpu.load',
    'mysystem_prod_west_cpu_load',
    'mysystem_dot_prod_dot_west_dot_cpu_dot_load',
    'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load',
  ],
  [
    'mysystem.prod.west.cpu.load_total',
    'mysystem_prod_west_cpu_load_total',
    'mysystem_dot_prod_dot_west_dot_cpu_dot_load__total',
    'U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total',
  ],
  ['http.status:sum', 'http_status:sum', 'http_dot_status:sum', 'U__http_2e_status:sum'],
  ['label with 😱', 'label_with__', 'label__with____', 'U__label_20_with_20__1f631_'],
  ['花火', '__', '____', 'U___82b1__706b_'],
  ['花_火', '___', '______', 'U___82b1____706b_'],
  ['1st', '_st', '__st', 'U___31_st'],
  [
    'metric.name/with/slashes',
    'metric_name_with_slashes',
    'metric_dot_name__with__slashes',
    'U__metric_2e_name_2f_with_2f_slashes',
  ],
])('%s', (name, underscores, dots, values) => {
  const escaped = (escaping: Escaping) => escapeName(name, escaping, isPlainMetricName);
  expect([escaped('allow-utf-8'), escaped('underscores'), escaped('dots'), escaped('values')]).toEqual([
    name,
    underscores,
    dots,
    values,
  ]);
});

test('colons are for names of metrics', () => {
  expect(escapeName('a:b', 'underscores', isPlainLabelName)).toBe('a_b');
  expect(escapeName('a:b', 'values', isPlainLabelName)).toBe('U__a_3a_b');
});

const names = fc.string({ unit: 'grapheme', minLength: 1 });
const kinds = fc.constantFrom(isPlainMetricName, isPlainLabelName);

/** As Prometheus reads it. */
function unescaped(name: string): string {
  if (!name.startsWith('U__')) return name;
  return name
    .slice(3)
    .replace(/__|_([0-9a-f]{1,6})_/g, (_, code?: string) =>
      code ? String.fromCodePoint(Number.parseInt(code, 16)) : '_',
    );
}

test('every name is valid for Prometheus 2, and what `values` gave can be turned back', () => {
  fc.assert(
    fc.property(names, kinds, (name, isPlain) => {
      for (const escaping of ['underscores', 'dots', 'values'] as const) {
        expect(isPlain(escapeName(name, escaping, isPlain))).toBe(true);
      }
      // A plain name may look like an escaped one; nobody is called so by chance.
      if (!name.startsWith('U__')) expect(unescaped(escapeName(name, 'values', isPlain))).toBe(name);
    }),
    {
      examples: [
        ['a_', isPlainLabelName],
        ['_._', isPlainMetricName],
        ['a_20_b.', isPlainMetricName],
        ['__', isPlainLabelName],
      ],
    },
  );
});

test('of dotted names, what `dots` gave can be turned back', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z._]{0,12}$/), (name) => {
      fc.pre(!name.includes('_dot_'));
      const escaped = escapeName(name, 'dots', isPlainMetricName);
      const back = escaped.replace(/__|_dot_/g, (each) => (each === '__' ? '_' : '.'));
      expect(back).toBe(name);
    }),
  );
});
