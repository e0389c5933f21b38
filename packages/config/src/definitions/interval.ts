import { z } from 'zod';
import { seconds } from './numbers.ts';
import { option } from './option.ts';

/** Seconds between exports: one number, or one for each signal. */
export const interval = z.union([
  seconds,
  z.strictObject({
    metrics: option(seconds, 'Seconds between exports of metrics.', 60),
    spans: option(seconds, 'Seconds between exports of spans; earlier when a batch is full.', 5),
    events: option(seconds, 'Seconds between exports of events; earlier when a batch is full.', 1),
  }),
]);
