import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { port, textByName, word } from './option-schemas.ts';

/** What both StatsD and DogStatsD take. */
export const statsdConfig = {
  host: option(
    z.string().regex(/^[^/]+$/, 'the name or address of a host, without a scheme or path'),
    'Where the daemon is.',
    '127.0.0.1',
  ),
  port: option(port(1), 'Where the daemon listens.', 8125),
  protocol: option(word(['udp', 'tcp']), 'With tcp it is known whether the daemon has read everything.', 'udp'),
  maxDatagram: option(z.int().min(256).max(65_507), 'The most bytes of a datagram.', 1432),
  tags: option(textByName, 'On every series.'),
} as const;
