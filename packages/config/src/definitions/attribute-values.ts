import { z } from 'zod';

/** What an attribute can be. */
export const attributeValue = z.union([z.string(), z.number(), z.boolean()]);

export const attributeValues = z.record(z.string(), attributeValue);

/** Which attributes stay. */
export const attributeSelection = z.strictObject({
  allow: z.array(z.string()).meta({ description: 'Only these are kept.' }).optional(),
  deny: z.array(z.string()).meta({ description: 'These are left out.' }).optional(),
  rename: z.record(z.string(), z.string().min(1)).meta({ description: 'Old key to new key.' }).optional(),
});
