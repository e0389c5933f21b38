import { z } from 'zod';
import { option } from '../definitions/option.ts';
import type { BackendIntegration } from './backend-integration.ts';
import { deliverySchemas, tenantsSchema } from './delivery-schemas.ts';
import { INTEGRATIONS } from './integrations.ts';
import { text, textByName } from './option-schemas.ts';

/** Only where some option of its own must be given. */
type ConfigOf<Config extends z.ZodObject> =
  Record<never, never> extends z.input<Config> ? z.ZodOptional<Config> : Config;

/** The shape of an entry of one type. */
type EntryShape<One extends BackendIntegration> = typeof shared & {
  readonly type: z.ZodLiteral<One['type']>;
  readonly config: ConfigOf<One['config']>;
  readonly signals: z.ZodOptional<z.ZodArray<z.ZodType<One['signals'][number], One['signals'][number]>>>;
  readonly dimensions: One extends { readonly dimensions: string }
    ? z.ZodOptional<typeof textByName>
    : z.ZodOptional<z.ZodNever>;
  readonly tenants: One extends { readonly served: true } ? z.ZodOptional<z.ZodNever> : typeof tenants;
};

type EntrySchema<One> = One extends BackendIntegration ? z.ZodObject<EntryShape<One>, z.core.$strict> : never;

/** What every entry has besides; made once, for all types. */
const shared = {
  name: option(text('a name'), 'In health and errors; unique. Default: the type.'),
  enabled: option(z.boolean(), 'Whether it takes part.', true),
  ...deliverySchemas,
};
const tenants = option(
  tenantsSchema,
  'One exporter for each, with {tenant} filled into config, dimensions and prefix.',
);

const ONE_FOR_ALL =
  'no tenants here: one page is served for all of them, which tells them apart by labels; leave `tenants` out';

function entryOf<One extends BackendIntegration>(one: One): EntrySchema<One> {
  const { type, description, config, signals, dimensions, dimensionsMean, served } = one;
  const mayBeMissing = Object.values(config.shape).every((schema) => schema._zod.optin === 'optional');
  return z
    .strictObject({
      type: z.literal(type).describe(description),
      ...shared,
      config: mayBeMissing ? option(config, 'The options of its own.') : config.describe('The options of its own.'),
      signals: option(z.array(z.enum(signals)).min(1, 'a list of one signal at least'), 'What it is handed.', signals),
      dimensions: dimensions === undefined ? none(dimensionsMean) : option(textByName, dimensionsMean),
      tenants: served ? none(ONE_FOR_ALL) : tenants,
    })
    .describe(description) as unknown as EntrySchema<One>;
}

/** Refuses whatever is given, with a sentence. */
function none(sentence: string): z.ZodOptional<z.ZodNever> {
  return z.never({ error: sentence }).describe(sentence).optional();
}

type EntriesOf<All extends readonly unknown[]> = { readonly [I in keyof All]: EntrySchema<All[I]> };

/** One entry of `exporters`, by its `type`. */
export const exporterEntry = z.discriminatedUnion(
  'type',
  INTEGRATIONS.map(entryOf) as unknown as EntriesOf<typeof INTEGRATIONS>,
);

/** One entry of `exporters`: what is written. */
export type TypedExporterEntry = z.input<typeof exporterEntry>;

/** The same, as it is read. */
export type ParsedExporterEntry = z.output<typeof exporterEntry>;
