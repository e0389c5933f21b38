import type { ConfigProblem } from '../config-problem.ts';
import { SECRET_VARIABLES, type VariableName } from './environment-variables.ts';

/** Longer values are cut in messages. */
const SHOWN = 80;
/** The longest that Node's timers can wait (https://nodejs.org/api/timers.html). */
const LONGEST_MS = 2 ** 31 - 1;

/** Reads variables one by one. What is wrong counts as not set, and a problem says so; nothing throws, and no secret is shown. */
export class EnvironmentReader {
  readonly problems: ConfigProblem[] = [];
  private readonly env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.env = env;
  }

  /** Without blanks around it; empty means not set, as OpenTelemetry has it. */
  text(name: string): string | undefined {
    const value: unknown = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  flag(name: VariableName): boolean | undefined {
    const word = this.choice(name, ['true', 'false']);
    return word === undefined ? undefined : word === 'true';
  }

  /** One of the words, in whatever case it is written. */
  choice<Word extends string>(name: VariableName, words: readonly Word[]): Word | undefined {
    const found = this.text(name)?.toLowerCase();
    if (found === undefined) return undefined;
    const word = words.find((one) => one === found);
    if (word === undefined) this.tell(name, `Use ${oneOf(words)}.`);
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
        this.tell(
          name,
          `${JSON.stringify(shown(each))} is left out: use ${oneOf([...known, 'none'])}.${explain(each)}`,
        );
      } else if (found.length > 1) this.tell(name, '"none" stands alone; it is left out.');
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
    this.tell(name, `Use a whole number${range}.`);
    return undefined;
  }

  port(name: VariableName): number | undefined {
    return this.count(name, 0, 65_535);
  }

  /** Written in milliseconds. */
  seconds(name: VariableName): number | undefined {
    const ms = this.count(name, 1, LONGEST_MS);
    return ms === undefined ? undefined : ms / 1000;
  }

  /** Whether it says that there is to be nothing. */
  isNone(name: VariableName): boolean {
    return this.text(name)?.toLowerCase() === 'none';
  }

  /** Of HTTP, or of gRPC, which is written so, too. */
  url(name: VariableName): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const { protocol, hostname } = URL.parse(text) ?? {};
    if ((protocol === 'http:' || protocol === 'https:') && hostname !== '') return text;
    this.tell(name, 'Use a URL with http:// or https://, such as http://localhost:4318.');
    return undefined;
  }

  /** The names of all variables that begin so. */
  names(prefix: string): string[] {
    return Object.keys(this.env).filter((name) => name.startsWith(prefix));
  }

  /** What is wrong with a variable, after a sentence that says what it is. Its value is not shown where it may be a secret. */
  tell(name: string, what: string): void {
    const value: unknown = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    if (typeof value !== 'string') this.add(name, '', 'is not set', what);
    else if (SECRET_VARIABLES.has(name)) this.tellWithoutValue(name, what);
    else this.add(name, shown(value), `is ${JSON.stringify(shown(value))}`, what);
  }

  tellWithoutValue(name: string, what: string): void {
    this.add(name, '', 'is set', what);
  }

  private add(path: string, found: string, is: string, what: string): void {
    this.problems.push({ source: 'environment', path, found, message: `${path} ${is}. ${what}` });
  }
}

/** Shortened, and without what may be a password in a URL: in front of its host, and in its query. */
export function shown(value: string): string {
  return cut(value.replaceAll(/:\/\/\S*@/g, '://…@').replaceAll(/(:\/\/[^?#\s]*)[?#]\S*/g, '$1?…'));
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
