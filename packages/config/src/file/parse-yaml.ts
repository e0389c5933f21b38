import { messageOf } from '@telltale/core';
import { type Document, type ErrorCode, isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import { Unreadable } from './unreadable.ts';

/** What each fault means: yaml's own messages show what is around it, which may be a token. */
const MEANINGS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: 'An alias (*name) has an anchor or a tag of its own.',
  BAD_ALIAS: 'An alias (*name) is malformed, or its anchor (&name) does not come before it.',
  BAD_DQ_ESCAPE: 'A text in double quotes has an unknown escape; use single quotes, or \\\\ for a backslash.',
  BAD_INDENT: 'The indentation does not fit what is above.',
  BAD_SCALAR_START: 'A text begins with a character that means something else to YAML; put it into quotes.',
  BLOCK_AS_IMPLICIT_KEY:
    'There is a second ": " in one line, or the indentation does not fit; put the text into quotes.',
  BLOCK_IN_FLOW: 'Lines of a list or an object stand within [ ] or { }.',
  MISSING_CHAR: 'A character is missing: a closing quote or bracket, a comma, or the colon after a key.',
  MULTILINE_IMPLICIT_KEY: 'A key goes over several lines; look for a missing colon.',
  MULTIPLE_DOCS: 'There is more than one document (---); write one.',
  NON_STRING_KEY: 'A key is no text.',
  TAB_AS_INDENT: 'A tab indents a line; use spaces.',
  TAG_RESOLVE_FAILED: 'There is a tag (!…) that is not known; configuration is plain data.',
  UNEXPECTED_TOKEN: 'Something stands where it cannot; look for a missing quote, bracket or line break.',
};
/** More aliases than that are an attack: each may stand for all before it. */
const MAX_ALIASES = 100;

export interface ParsedYaml {
  readonly value: unknown;
  /** What was taken otherwise than it is written. */
  readonly remarks: readonly { readonly position: string; readonly message: string }[];
}

/** YAML 1.2, with `<<` merges. Throws `Unreadable`, with line and column. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = withinStack(() =>
    parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      uniqueKeys: false,
      stringKeys: true,
      logLevel: 'error',
    }),
  );
  const place = ({ pos }: YAMLError): string => {
    const { line, col } = lines.linePos(pos[0]);
    return line === 0 ? '' : `:${line}:${col}`;
  };
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw new Unreadable(`${explain(error)}${quotesHint(text, error)}`, place(error));
  const value = withinStack(() => {
    try {
      return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    } catch (failure) {
      if (!(failure instanceof ReferenceError)) throw failure;
      throw new Unreadable(`Its aliases (*name) cannot be resolved, or are more than ${MAX_ALIASES}; write them out.`);
    }
  });
  const remarks = withinStack(() => repeatedKeys(document)).map((offset) => {
    const { line, col } = lines.linePos(offset);
    return { position: `:${line}:${col}`, message: 'This key is there twice; the last one counts. Leave one out.' };
  });
  return { value, remarks };
}

/** Where they stand. yaml would compare each key with each, which for thousands of them takes minutes. */
function repeatedKeys(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) offsets.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return offsets;
}

function explain({ code }: YAMLError): string {
  return `It is no YAML. ${MEANINGS[code] ?? 'Look at indentation, quotes and brackets.'}`;
}

/** Within [ ] and { } a brace ends the text. */
function quotesHint(text: string, { pos }: YAMLError): string {
  const start = text.lastIndexOf('\n', Math.max(pos[0] - 1, 0)) + 1;
  const end = text.indexOf('\n', pos[0]);
  const line = text.slice(start, end === -1 ? undefined : end);
  return line.includes('${') ? ' Within [ ] and { }, put "${NAME}" into quotes.' : '';
}

function withinStack<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    if (error instanceof RangeError) throw new Unreadable('It is nested too deeply to be read.');
    throw new Unreadable(`It is no YAML that can be read (${messageOf(error).length} characters of reasons).`);
  }
}
