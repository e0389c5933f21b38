import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importsIn, packageOf } from './imports.ts';

const specifiers = (text: string): string[] => importsIn(text).map(({ specifier }) => specifier);

describe('the imports of a source', () => {
  it.each([
    "import a from 'x';",
    "import { a,\n  b as c } from 'x'",
    "import * as a from 'x'",
    "import 'x'",
    "export { a } from 'x'",
    'export * from "x"',
    "  import a from 'x'",
    "const a = require('x')",
    "const { a } = await import( 'x' )",
    'if (b) require("x").a()',
  ])('has it: %s', (text) => {
    expect(specifiers(`const first = 1;\n${text}\nconst last = 'y';`)).toEqual(['x']);
  });

  it.each([
    "import type { a } from 'x'",
    "export type { a } from 'x'",
    "// import 'x'",
    "/* import 'x' */",
    "/**\n * import 'x'\n */",
    "const from = 'x'",
  ])('has nothing: %s', (text) => {
    expect(specifiers(text)).toEqual([]);
  });

  it('know their lines', () => {
    expect(importsIn("import 'a';\n\nimport {\n  b,\n} from 'b';\nrequire('c');")).toEqual([
      { specifier: 'a', line: 1 },
      { specifier: 'b', line: 3 },
      { specifier: 'c', line: 6 },
    ]);
  });

  it('can be asked of any text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: fc.constantFrom('import ', "'", '"', '(', ')', '\n', ' from ', 'x') }),
        (a, b) => {
          for (const { specifier, line } of importsIn(a + b)) {
            expect(specifier).not.toBe('');
            expect(line).toBeGreaterThan(0);
          }
        },
      ),
    );
  });
});

describe('the package of a specifier', () => {
  it.each([
    ['express', 'express'],
    ['express/lib/router.js', 'express'],
    ['@telltale/core/conventions', '@telltale/core'],
    ['./express', undefined],
    ['#express', undefined],
    ['node:http', undefined],
  ])('%s is %s', (specifier, name) => {
    expect(packageOf(specifier)).toBe(name);
  });
});
