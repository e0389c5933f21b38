/** A package or file that a source asks for. */
export interface Import {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
}

/** `import … from`, `export … from`, `import '…'`, `import('…')` and `require('…')`; not those of types alone. */
const STATEMENT =
  /^[^\S\n]*(?:import|export)\s+(?!type\s)(?:[^'";]*?\sfrom\s+)?(['"])([^'"\n]+)\1|\b(?:import|require)\(\s*(['"])([^'"\n]+)\3\s*\)/gm;
const COMMENT = /^[^\S\n]*(\/\/|\*|\/\*)/;

export function importsIn(text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(STATEMENT)) {
    const specifier = match[2] ?? match[4];
    const lineStart = text.lastIndexOf('\n', match.index - 1) + 1;
    if (specifier === undefined || COMMENT.test(text.slice(lineStart, lineStart + 200))) continue;
    found.push({ specifier, line: lineOf(text, match.index) });
  }
  return found;
}

/** The line, from 1, of a place in the text. */
export function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** The package that the specifier names: `@telltale/core` of `@telltale/core/conventions`; undefined for files. */
export function packageOf(specifier: string): string | undefined {
  if (/^[./#]|^node:/.test(specifier)) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
