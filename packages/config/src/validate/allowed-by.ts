import { z } from 'zod';
import { bare } from './schema-at.ts';

type Schema = z.core.$ZodType;
/** What zod keeps of `min`, `regex` and the like. */
interface Check {
  readonly check: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly format?: string;
  /** The sentence that a definition gives. */
  readonly error?: (issue: unknown) => string | { readonly message: string } | null | undefined;
}

/** Object keys that are listed; beyond, the README has them. */
const LISTED = 30;

/** What a definition allows, in words: `a whole number from 0 to 65535`. */
export function allowedBy(schema: Schema): string {
  const one = bare(schema);
  if (one instanceof z.core.$ZodUnion) return alternatives(one._zod.def.options.map(allowedBy));
  if (one instanceof z.core.$ZodEnum) return alternatives(Object.values(one._zod.def.entries).map(String));
  if (one instanceof z.core.$ZodLiteral) return alternatives(one._zod.def.values.map(String));
  if (one instanceof z.core.$ZodBoolean) return 'true or false';
  if (one instanceof z.core.$ZodNumber) return number(one);
  if (one instanceof z.core.$ZodString) return text(one);
  if (one instanceof z.core.$ZodArray) return `a list, each ${allowedBy(one._zod.def.element)}`;
  if (one instanceof z.core.$ZodRecord) return `an object, each value ${allowedBy(one._zod.def.valueType)}`;
  if (one instanceof z.core.$ZodObject) {
    const keys = Object.keys(one._zod.def.shape);
    return `an object with ${keys.slice(0, LISTED).join(', ')}${keys.length > LISTED ? ', …' : ''}`;
  }
  return 'another value';
}

/** `a, b or c`, each once. */
function alternatives(words: readonly string[]): string {
  const all = [...new Set(words)];
  return all.length === 1 ? String(all[0]) : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

function number(schema: z.core.$ZodNumber): string {
  const { format } = schema._zod.def as { readonly format?: string };
  const what = format === undefined ? 'a number' : 'a whole number';
  const checks = checksOf(schema);
  const lower = checks.find(({ check }) => check === 'greater_than');
  const most = checks.find(({ check }) => check === 'less_than')?.value;
  const upTo = most === undefined ? '' : `, at most ${most}`;
  if (lower === undefined) return `${what}${upTo}`;
  if (lower.inclusive !== true) return `${what} above ${lower.value}${upTo}`;
  return most === undefined ? `${what}, ${lower.value} or more` : `${what} from ${lower.value} to ${most}`;
}

function text(schema: z.core.$ZodString): string {
  const checks = checksOf(schema);
  for (const { error } of checks) {
    const said = error?.({ code: 'custom', path: [], message: '' });
    const message = typeof said === 'string' ? said : said?.message;
    if (message !== undefined) return message.replace(/^give /, '');
  }
  return checks.some(({ minimum }) => minimum !== undefined && minimum > 0) ? 'a text that is not empty' : 'a text';
}

function checksOf(schema: z.core.$ZodType): readonly Check[] {
  return (schema._zod.def.checks ?? []).map(({ _zod: { def } }) => def as unknown as Check);
}
