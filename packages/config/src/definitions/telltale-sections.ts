import { z } from 'zod';
import { attributeValues } from './attribute-values.ts';
import { dashboard } from './dashboard.ts';
import { interval } from './interval.ts';
import { metrics } from './metrics.ts';
import { atLeastAMillisecond, countFrom, seconds } from './numbers.ts';
import { option } from './option.ts';
import { sampling } from './sampling.ts';
import { service } from './service.ts';

/** Those that end a process, where they are known to all platforms but Windows. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/** Everything a file can say but `exporters`: those are judged one by one. */
export const telltaleSections = z.strictObject({
  $schema: option(z.string(), 'For editors: ./node_modules/@telltale/config/schema.json'),
  disabled: option(z.boolean(), 'Switches everything off.', false),
  logLevel: option(
    z.enum(['none', 'warn', 'info']),
    'What is said on standard error: nothing, warnings, or also what was started.',
    'info',
  ),
  service: option(service, 'Which service it is.'),
  attributes: option(attributeValues, 'On every series, span and event.'),
  resourceDetectors: option(
    z.array(z.enum(['aws', 'google_cloud', 'azure', 'host', 'process'])),
    'Who finds out where the process runs; the package of each must be installed.',
    [],
  ),
  signals: option(
    z.strictObject({
      metrics: option(z.boolean(), 'Metrics.', true),
      spans: option(z.boolean(), 'Traces; by default on when an exporter takes spans.'),
      events: option(z.boolean(), 'One record per operation, for exporters that take them.', true),
    }),
    'Switches signals off.',
  ),
  operations: option(
    z.strictObject({
      disable: option(
        z.array(z.enum(['request', 'job', 'task', 'boundary', 'lock'])),
        'Kinds of operations that are not observed.',
        [],
      ),
    }),
    'What is observed.',
  ),
  sampling: option(sampling, 'Which traces are recorded.'),
  spanLimits: option(
    z.strictObject({
      attributes: option(countFrom(0), 'Attributes of a span.', 128),
      eventAttributes: option(countFrom(0), 'Attributes of an event; default: as of a span.'),
      linkAttributes: option(countFrom(0), 'Attributes of a link; default: as of a span.'),
      events: option(countFrom(0), 'Events of a span.', 128),
      links: option(countFrom(0), 'Links of a span.', 128),
      attributeLength: option(countFrom(0), 'Characters of a text; default: no limit.'),
    }),
    'How much one span can hold.',
  ),
  cardinality: option(
    z.strictObject({
      perInstrument: option(countFrom(1), 'Series an instrument may have in its life.', 2000),
      total: option(countFrom(1), 'Series the process may have.', 50_000),
      expireAfter: option(
        atLeastAMillisecond,
        'Seconds without a record after which a series is forgotten; default: never.',
      ),
    }),
    'How many series there may be.',
  ),
  metrics: option(metrics, 'Which metrics there are and what they carry.'),
  propagators: option(
    z.array(z.enum(['tracecontext', 'baggage', 'b3', 'b3multi', 'xray'])),
    'Headers that carry the trace; an empty list for none.',
    ['tracecontext', 'baggage'],
  ),
  runtime: option(
    z.union([
      z.boolean(),
      z.strictObject({
        node: option(z.boolean(), 'Event loop, garbage collection, heap.', true),
        process: option(z.boolean(), 'CPU and memory of the process.', true),
        host: option(z.boolean(), 'CPU and memory of the machine.', true),
        network: option(z.boolean(), 'Network of the machine; default: on Linux.'),
        disk: option(z.boolean(), 'File systems and disks of the machine; default: on Linux.'),
        eventLoopPrecision: option(
          z.number().min(0.001).max(1),
          'Seconds between two looks at how late the event loop is.',
          0.01,
        ),
        window: option(z.number().min(1).max(3600), 'Seconds that delay and utilization are told of.', 10),
      }),
    ]),
    'Metrics of event loop, garbage collection, process and machine.',
    false,
  ),
  shutdown: option(
    z.strictObject({
      timeout: option(seconds, 'Seconds that the end may take.', 10),
      signals: option(
        z.union([z.array(z.enum(SIGNALS)), z.literal(false)]),
        'Signals at which what was recorded is delivered; false for none.',
        ['SIGTERM', 'SIGINT'],
      ),
    }),
    'How it ends.',
  ),
  interval: option(interval, 'Seconds between exports, of exporters that do not say their own.'),
  dashboard: option(
    z.union([z.boolean(), dashboard]),
    'The live page, by @telltale/dashboard; true for one at its usual place.',
    false,
  ),
});
