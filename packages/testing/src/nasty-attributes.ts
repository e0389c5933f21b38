import type { SeriesAttributes } from '@telltale/core';
import { deepFreeze } from './deep-freeze.ts';

/**
 * Attributes that are allowed and that careless code breaks on, one set for each way to break. The values of `case` differ, so that each stays
 * a series of its own, whatever a backend makes of the rest.
 */
export function nastyAttributes(): readonly SeriesAttributes[] {
  const values: Record<string, string | number | boolean> = {
    quotes: `say "hi", it's \`fine\``,
    backslashes: 'C:\\temp\\n\\',
    newlines: 'one\ntwo\r\nthree\ttabbed',
    separators: 'a,b;c|d:e=f#g@h{i}[j]/k&l?m',
    markup: '<b>&amp;</b><!--',
    formats: '%s %n %% $x {{y}} $1 \\1',
    unicode: 'Zoë 日本語 \u{1F389} e\u0301',
    bidirectional: 'a\u202eb\u2066c',
    separatorsOfLines: 'a\u2028b\u2029c\u0085d',
    nul: 'a\0b',
    controls: 'a\u0007\u001b[31mb\u007f',
    surrogate: 'a\ud800b',
    padded: '  padded  ',
    long: 'x'.repeat(1024),
    longUnicode: '\u{1F389}'.repeat(512),
    looksLikeNumber: '007',
    looksLikeBoolean: 'true',
    number: -1.5e-7,
    integer: 9_007_199_254_740_991,
    boolean: false,
  };
  const keys = [
    'with space',
    'ünï',
    '9.starts.with.a.digit',
    'a-b/c',
    '__reserved',
    '__proto__',
    'constructor',
    'toString',
    'le',
    '.',
    'quote"',
  ];
  return deepFreeze([
    ...Object.entries(values).map(([name, value]) => ({ case: name, value })),
    // Computed, so that `__proto__` is a key like any other.
    ...keys.map((key) => ({ case: `key ${key}`, [key]: 'x' })),
  ]);
}
