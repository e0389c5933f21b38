import type { Refusal } from './plain-data.ts';
import { cut, type Path } from './validate/path-text.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$${`, `${NAME}`, `${NAME:-default}`, or the beginning of what is none of them. */
const PLACEHOLDER = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|\$\{/g;

/** Writes the environment into texts: `${NAME}`, `${NAME:-default}`, and `$${` for a literal `${`. */
export class Interpolation {
  private readonly env: Environment;
  private readonly refuse: (refusal: Refusal) => void;
  /** Texts in which something was replaced, by the path they stand at. */
  private readonly written = new Map<string, string>();
  private readonly whole = new Set<string>();

  constructor(env: Environment, refuse: (refusal: Refusal) => void) {
    this.env = env;
    this.refuse = refuse;
  }

  /** `undefined` where a variable is not set and there is no default, or where a placeholder is malformed; both are told. */
  readonly text = (text: string, path: Path): string | undefined => {
    if (!text.includes('${')) return text;
    let reason: string | undefined;
    let isUnset = false;
    let whole = false;
    const result = text.replace(PLACEHOLDER, (found, name: string | undefined, fallback: string | undefined) => {
      if (found === '$${') return '${';
      if (name === undefined) {
        reason ??= 'write ${NAME} or ${NAME:-default}, or $${ for a literal ${';
        return '';
      }
      whole ||= found.length === text.length;
      const value = this.valueOf(name) ?? fallback;
      if (value === undefined) {
        isUnset ||= reason === undefined;
        reason ??= `the variable ${cut(name)} is not set; set it, or give a default: \${${cut(name)}:-…}`;
      }
      return value ?? '';
    });
    if (reason !== undefined) {
      this.refuse({ path, text, reason, isUnset });
      return undefined;
    }
    // ${NAME:-}: as if it were not there.
    if (whole && result === '') return undefined;
    const key = JSON.stringify(path);
    this.written.set(key, text);
    if (whole) this.whole.add(key);
    return result;
  };

  /** What was written there, in place of what came of it, which may be secret. */
  writtenAt(path: Path): string | undefined {
    return this.written.get(JSON.stringify(path));
  }

  /** Whether there was one placeholder and nothing else, so that its value may be a number or a boolean. */
  isWhole(path: Path): boolean {
    return this.whole.has(JSON.stringify(path));
  }

  /** Empty counts as not set, as OpenTelemetry has it. */
  private valueOf(name: string): string | undefined {
    const value: unknown = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}
