import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';
import { headers, temporality, text, url, word } from './option-schemas.ts';
import { RESOURCE_MEANING, resourceOption } from './resource-option.ts';

const count = z.int().positive();

const limits = {
  bytes: option(count, 'Of a request, before compression.', 4000000),
  compressedBytes: option(count, 'Of a request, after compression; default no limit.'),
  items: option(count, 'Data points, spans or log records of a request.', 10000),
};

export const otlpIntegration = integration({
  type: 'otlp',
  package: '@telltale/exporter-otlp',
  maker: 'otlp',
  description: 'Sends metrics, spans and events to whatever takes OTLP: a collector, or a vendor.',
  signals: ['metrics', 'spans', 'events'],
  config: z.strictObject({
    url: option(
      z.union([url, z.strictObject({ metrics: url.optional(), spans: url.optional(), events: url.optional() })]),
      'A base, to which /v1/metrics and its like are added, or a whole address for each signal.',
      'http://localhost:4318',
    ),
    protocol: option(
      word(['http/protobuf', 'http/json', 'grpc']),
      'How requests are written; grpc needs @grpc/grpc-js.',
      'http/protobuf',
    ),
    headers: option(headers, 'Sent with each request.'),
    compression: option(word(['gzip', 'none']), 'Of bodies; small ones are sent as they are.', 'gzip'),
    temporality: option(temporality, 'Of metrics; some vendors take delta only.', 'cumulative'),
    limits: option(
      z.strictObject({
        ...limits,
        metrics: z.strictObject(limits).optional(),
        spans: z.strictObject(limits).optional(),
        events: z.strictObject(limits).optional(),
      }),
      'What a request may have at most: for all signals, and more narrowly for one.',
    ),
    ca: option(
      z.string().regex(/-----BEGIN/, 'the text of a PEM file, not its name'),
      "PEM of authorities to trust besides Node's.",
    ),
    summaries: option(word(['summaries', 'gauges']), 'For backends that have no summaries: gauges.', 'summaries'),
    backend: option(text('a key of the price table'), 'Whose prices apply.', 'otlp'),
    credentials: option(text('a hint'), 'What to look at when credentials are refused, for messages.'),
  }),
  dimensions: 'resource',
  dimensionsMean: RESOURCE_MEANING,
  optionsOf: resourceOption,
});
