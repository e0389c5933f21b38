import { z } from 'zod';
import { duration, share } from './numbers.ts';
import { option } from './option.ts';

/** Which traces are recorded, or sent by one exporter. */
export const sampling = z.strictObject({
  ratio: option(share, 'The share of traces, from 0 (none) to 1 (all).', 1),
  keep: option(
    z.strictObject({
      errors: option(z.boolean(), 'Traces in which a span has failed.', false),
      slowerThan: option(duration, 'Traces whose first span in this process took longer than so many seconds.'),
    }),
    'What is taken besides.',
  ),
});
