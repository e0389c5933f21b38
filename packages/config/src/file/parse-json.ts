import { Unreadable } from './unreadable.ts';

/** Strings, numbers, words and punctuation of JSON, with the blanks before them. */
const TOKEN =
  /[\t\n\r ]*(?:"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)|[{}[\]:,])/uy;

/** Throws `Unreadable`, with line and column where they can be told. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Its message shows what is around the fault, which may be a token.
    const said = /at position (\d+)/.exec((error as Error).message)?.[1];
    const at = said === undefined ? firstFault(text) : Number(said);
    throw new Unreadable(
      'It is no JSON: look for a comma too many or missing, text without double quotes, and comments.',
      at === undefined ? '' : positionOf(text, at),
    );
  }
}

/** The offset of the first that is no token of JSON. */
function firstFault(text: string): number | undefined {
  TOKEN.lastIndex = 0;
  let at = 0;
  while (TOKEN.test(text)) at = TOKEN.lastIndex;
  const blank = /^[\t\n\r ]*/.exec(text.slice(at))?.[0].length ?? 0;
  return at + blank < text.length || text.trim() === '' ? at + blank : undefined;
}

function positionOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
}
