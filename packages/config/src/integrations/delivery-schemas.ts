import { z } from 'zod';
import { attributeValue } from '../definitions/attribute-values.ts';
import { interval } from '../definitions/interval.ts';
import { countFrom, seconds } from '../definitions/numbers.ts';
import { option } from '../definitions/option.ts';
import { sampling } from '../definitions/sampling.ts';
import { text } from './option-schemas.ts';

/** Each is an exporter, which reads all series. */
const MOST_TENANTS = 100;

const above = z.number().gt(0);
const patterns = z.array(text('a name, with * for any characters'));

/** What an entry of `exporters` can say of its delivery, whatever its type: core's settings, as far as they are data. */
export const deliverySchemas = {
  metrics: option(
    z.strictObject({
      include: option(patterns, 'Only these; * for any characters.'),
      exclude: option(patterns, 'Of them not those.'),
      prefix: option(
        z
          .string()
          .regex(
            /^(?:[A-Za-z]|\{tenant\})(?:[A-Za-z0-9_.\-/]|\{tenant\})*$/,
            'what may begin the name of a metric, such as shop.',
          ),
        'Put before the names of metrics: shop.',
      ),
    }),
    'Which metrics, and what is put before their names.',
  ),
  attributes: option(
    z.record(text('the name of an attribute'), z.array(attributeValue).min(1, 'a list of the values that are wanted')),
    'Only series, spans and events that have, of each of these attributes, one of the values.',
  ),
  sampling: option(sampling, 'Thins out spans, and the events that belong to them.'),
  interval: option(interval, 'Seconds between exports: for all signals, or for each.'),
  timeout: option(seconds, 'Seconds that one request may take.', 10),
  rateLimit: option(above, 'Requests a second, on average.'),
  adaptiveInterval: option(
    z.strictObject({ max: seconds.describe('Seconds; not less than the interval.') }),
    'While no series changes, metrics are sent ever more seldom.',
  ),
  circuitBreaker: option(
    z.union([
      z.literal(false),
      z.strictObject({
        failures: option(countFrom(1), 'Failed calls in a row before a pause.', 5),
        pause: option(seconds, 'Seconds of the pause.', 30),
      }),
    ]),
    'When a dead backend is left alone; false for never.',
  ),
  budget: option(
    z.strictObject({
      perMonth: above.describe('US dollars.'),
      prices: option(
        z.record(z.string(), z.record(z.string(), z.number().min(0))),
        'By backend and item, where they differ from the table.',
      ),
    }),
    'What a month of this exporter may cost.',
  ),
  spool: option(
    z.strictObject({
      directory: text('a directory').describe('From the folder of this file; in a container, a volume.'),
      maxBytes: option(countFrom(65_536), 'The most that is kept.', 100_000_000),
    }),
    'Keeps what is not delivered on disk; needs @telltale/disk-spool.',
  ),
} as const;

export const tenantsSchema = z.strictObject({
  attribute: text('the name of an attribute').describe('Tells whose a series, span or event is: tenant.id.'),
  names: z
    .array(z.union([text('the name of a tenant'), z.number()]))
    .min(1, 'a list of one tenant at least')
    .max(MOST_TENANTS, `a list of ${MOST_TENANTS} tenants at most`)
    .describe(`The tenants, ${MOST_TENANTS} at most: each is an exporter, which reads all series.`),
  rest: option(z.boolean(), 'One exporter more, for what belongs to none of them; its {tenant} is rest.', false),
});
