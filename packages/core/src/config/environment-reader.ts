import type { ConfigWarning } from './config-warning.ts';
import type { VariableName } from './environment-variables.ts';

/** Longer values are cut in warnings. */
const SHOWN = 80;

/** Reads variables one by one. What is wrong counts as not set, and a warning says so; nothing throws. */
export class EnvironmentReader {
  readonly warnings: ConfigWarning[] = [];
  private readonly env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.env = env;
  }

  /** Without blanks around it; empty means not set, as OpenTelemetry has it. */
  text(name: string): string | undefined {
    const value: unknown = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  flag(name: VariableName): boolean {
    return this.choice(name, ['true', 'false']) === 'true';
  }

  /** One of the words, in whatever case it is written. */
  choice<Word extends string>(name: VariableName, words: readonly Word[]): Word | undefined {
    const found = this.text(name)?.toLowerCase();
    if (found === undefined) return undefined;
    const word = words.find((one) => one === found);
    if (word === undefined) this.warn(name, `Use ${oneOf(words)}.`);
    return word;
  }

  /** The words between commas that are known, each once and in their order; `undefined` where nothing is set. `none` stands alone, for no words. */
  words<Word extends string>(
    name: VariableName,
    known: readonly Word[],
    explain: (word: string) => string = () => '',
  ): Word[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const given = text
      .toLowerCase()
      .split(',')
      .map((word) => word.trim());
    const found = [...new Set(given)].filter((word) => word !== '');
    const words: Word[] = [];
    for (const each of found) {
      const word = known.find((one) => one === each);
      if (word !== undefined) words.push(word);
      else if (each !== 'none') {
        this.warn(name, `${JSON.stringify(cut(each))} is left out: use ${oneOf([...known, 'none'])}.${explain(each)}`);
      } else if (found.length > 1) this.warn(name, '"none" stands alone; it is left out.');
    }
    return words;
  }

  /** A whole number. */
  count(name: VariableName, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`;
    this.warn(name, `Use a whole number${range}.`);
    return undefined;
  }

  /** The names of all variables that begin so. */
  names(prefix: string): string[] {
    return Object.keys(this.env).filter((name) => name.startsWith(prefix));
  }

  warn(name: string, what: string): void {
    const value: unknown = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    const found = typeof value === 'string' ? cut(value) : '';
    const is = typeof value === 'string' ? `is ${JSON.stringify(found)}` : 'is not set';
    this.warnings.push({ variable: name, found, message: `${name} ${is}. ${what}` });
  }
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
