import { z } from 'zod';
import { secret } from '../integrations/secret.ts';
import { countFrom, duration, port } from './numbers.ts';
import { option } from './option.ts';

/** The live page, served on a port of its own. */
export const dashboard = z.strictObject({
  port: option(port, 'Its port; 0 for any that is free.', 9465),
  host: option(z.string().min(1), 'The interface it listens on; by default only this machine can ask.', '127.0.0.1'),
  path: option(z.string().regex(/^\/([\w\-.~]+\/?)*$/, 'a path such as /telltale'), 'Where the page is.', '/'),
  token: option(
    secret(z.union([z.string().min(1), z.literal(false)])),
    'What those must know who do not ask from this machine; false for none. Default: a random one that is told once.',
  ),
  title: option(z.string(), "What the page is headed with; default: the service's name."),
  maxRows: option(countFrom(1, 1000), 'Rows of a table.', 200),
  history: option(z.boolean(), 'The last hour, also of when nobody looked.', true),
  slowerThan: option(duration, 'Traces that take longer than so many seconds are kept; default: what is unusual.'),
});
