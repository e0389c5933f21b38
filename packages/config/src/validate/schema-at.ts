import { z } from 'zod';
import { isSecret } from '../integrations/secret.ts';
import type { Path } from './path-text.ts';

type Schema = z.core.$ZodType;

export interface FoundSchema {
  readonly schema: Schema | undefined;
  /** Whether it, or what it is a part of, must not be shown. */
  readonly isSecret: boolean;
}

/** What is allowed at a path of a document; of unions, what fits the document. */
export function schemaAt(root: Schema, document: unknown, path: Path): FoundSchema {
  let schemas: readonly Schema[] = [root];
  let value = document;
  let secret = isSecret(root);
  for (const key of path) {
    const next = schemas
      .flatMap((schema) => optionsOf(schema, value, key))
      .flatMap((schema) => childOf(schema, key) ?? []);
    schemas = next;
    secret ||= next.some(isSecret);
    value = Object.hasOwn(Object(value), key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  return { schema: schemas.length > 1 ? z.union(schemas) : schemas[0], isSecret: secret };
}

/** Without `optional` and the like. */
export function bare(schema: Schema): Schema {
  let one = schema;
  for (;;) {
    const { innerType, in: input } = one._zod.def as { readonly innerType?: Schema; readonly in?: Schema };
    const inner = innerType ?? input;
    if (inner === undefined) return one;
    one = inner;
  }
}

/** The parts of a union that a value may be meant for; all of them for the key that tells them apart. */
export function optionsOf(schema: Schema, value: unknown, key?: string | number): readonly Schema[] {
  const one = bare(schema);
  if (!(one instanceof z.core.$ZodUnion)) return [one];
  const all = one._zod.def.options.flatMap((option) => optionsOf(option, value, key));
  const { discriminator } = one._zod.def as { readonly discriminator?: string };
  if (discriminator === undefined || discriminator === key || typeof value !== 'object' || value === null) return all;
  const said = (value as Readonly<Record<string, unknown>>)[discriminator];
  return all.filter((option) => {
    const expected = childOf(option, discriminator);
    return expected !== undefined && z.core.safeParse(expected, said).success;
  });
}

function childOf(schema: Schema, key: string | number): Schema | undefined {
  if (schema instanceof z.core.$ZodObject) {
    const { shape } = schema._zod.def;
    return Object.hasOwn(shape, key) ? shape[key] : schema._zod.def.catchall;
  }
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  return undefined;
}

/** The keys an object may have; `undefined` where it may have any. */
export function knownKeys(schema: Schema, value: unknown): readonly string[] | undefined {
  const objects = optionsOf(schema, value).filter((one) => one instanceof z.core.$ZodObject);
  return objects.length === 0 ? undefined : [...new Set(objects.flatMap((one) => Object.keys(one._zod.def.shape)))];
}
