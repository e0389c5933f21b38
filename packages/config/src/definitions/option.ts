import type { z } from 'zod';

/**
 * An option that may be left out. `fallback` is the default that editors and the README show; nothing fills it in, so that what a stronger source
 * leaves out does not hide what a weaker one says.
 */
export function option<T extends z.ZodType>(schema: T, description: string, fallback?: unknown): z.ZodOptional<T> {
  return schema
    .meta({ ...schema.meta(), description, ...(fallback !== undefined && { default: fallback }) })
    .optional();
}
