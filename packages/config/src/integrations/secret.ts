import type { z } from 'zod';

/** Marks what messages must never show: keys, tokens, headers. In the published JSON Schema it is the keyword `writeOnly`. */
export function secret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), secret: true });
}

/** Whether a schema, or what it is the optional form of, was marked by `secret()`. */
export function isSecret(schema: z.core.$ZodType): boolean {
  let one: z.core.$ZodType | undefined = schema;
  while (one !== undefined) {
    if ((one as z.ZodType).meta?.()?.secret === true) return true;
    one = (one._zod.def as { readonly innerType?: z.core.$ZodType }).innerType;
  }
  return false;
}
