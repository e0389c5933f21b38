import { hostname } from 'node:os';
import { type Exporter, type ExportResult, type Resource, TelemetryError } from '@telltale/core';
import {
  AWS_OPTIONS,
  AwsConnection,
  type AwsOptions,
  checkAwsOptions,
  checkExporterOptions,
  type ExporterOptions,
  exporterOf,
  sendParcels,
} from '@telltale/exporter-kit';
import { logBatches } from './log-batches.ts';
import { BYTES_PER_EVENT } from './log-message.ts';
import { LogTarget } from './log-target.ts';

/** "PutRetentionPolicy", CloudWatch Logs API reference. */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** Days that CloudWatch Logs can keep events. */
export type LogRetention = (typeof RETENTIONS)[number];

export interface CloudWatchLogsOptions extends ExporterOptions, AwsOptions {
  /** 1 to 512 of `A–Z a–z 0–9 . - _ / #`: `/shop/events`. Created when it is missing. */
  readonly logGroup: string;
  /** 1 to 512 characters but `:` and `*`. Default: the service's name and instance. Created when it is missing. */
  readonly logStream?: string;
  /** Days that events are kept in a log group that is created here; default for ever. */
  readonly retentionInDays?: LogRetention;
  /** Attributes of the service that each line has; default its name, version and environment. */
  readonly resourceAttributes?: readonly string[];
}

const OWN_OPTIONS = ['logGroup', 'logStream', 'retentionInDays', 'resourceAttributes', ...AWS_OPTIONS];
const RESOURCE_ATTRIBUTES = ['service.name', 'service.version', 'deployment.environment.name'];

// "PutLogEvents", CloudWatch Logs API reference.
const MAX_BATCH_BYTES = 1_048_576;
const MAX_EVENTS = 10_000;
/** No event is counted as less, so that no request has too many. */
const LEAST_BYTES = Math.ceil(MAX_BATCH_BYTES / MAX_EVENTS);

/** A line that is there twice can be told by its trace, span and time; one that is missing cannot be had back. */
const WHEN_UNKNOWN = 'again';

/**
 * Sends events to Amazon CloudWatch Logs as flat JSON, for Logs Insights: what happened, how long it took, how it ended, and in which trace. Needs
 * `@aws-sdk/client-cloudwatch-logs` and the IAM action logs:PutLogEvents; makes the log group and the stream where it may.
 */
export function cloudwatchLogs(options: CloudWatchLogsOptions): Exporter {
  checkExporterOptions('cloudwatchLogs', options, OWN_OPTIONS);
  checkLogs(options);
  checkAwsOptions('cloudwatchLogs', options);
  const { logGroup, logStream, retentionInDays, resourceAttributes = RESOURCE_ATTRIBUTES } = options;
  const connection = new AwsConnection(
    {
      name: 'CloudWatch Logs',
      maker: 'cloudwatchLogs()',
      library: '@aws-sdk/client-cloudwatch-logs',
      load: () => import('@aws-sdk/client-cloudwatch-logs'),
      createClient: (sdk, config) => new sdk.CloudWatchLogsClient(config),
    },
    options,
  );
  const target = new LogTarget(connection, logGroup, retentionInDays);
  return exporterOf('cloudwatchLogs', options, {
    name: 'cloudwatch-logs',
    backend: 'cloudwatch-logs',
    whenUnknown: WHEN_UNKNOWN,
    start: () => connection.start(),
    exportEvents: async (events, context) => {
      context.signal.throwIfAborted();
      const stream = logStream ?? streamOf(context.resource);
      let result: ExportResult = { accepted: 0, rejected: 0 };
      for (const parcels of logBatches(events, resourceAttributes)) {
        const sent = await sendParcels(parcels, {
          context,
          maxWeight: MAX_BATCH_BYTES,
          weigh: ({ message }) => Math.max(LEAST_BYTES, Buffer.byteLength(message) + BYTES_PER_EVENT),
          // The SDK writes the body.
          encode: () => '',
          send: (_, payloads) => target.put(payloads, stream, context),
          whenUnknown: WHEN_UNKNOWN,
        });
        result = {
          ...result,
          ...sent,
          accepted: result.accepted + sent.accepted,
          rejected: result.rejected + sent.rejected,
        };
      }
      return result;
    },
    shutdown: () => connection.close(),
  });
}

function streamOf({ attributes }: Resource): string {
  const instance = attributes['service.instance.id'] ?? `${hostname()}-${process.pid}`;
  return [attributes['service.name'], instance]
    .filter((part) => part !== undefined && part !== '')
    .join('/')
    .replaceAll(/[:*]/g, '_')
    .slice(0, 512);
}

function checkLogs({ logGroup, logStream, retentionInDays, resourceAttributes }: CloudWatchLogsOptions): void {
  const fail = (key: keyof CloudWatchLogsOptions, given: unknown, mend: string): never => {
    throw new TelemetryError('ERR_OPTION', `"cloudwatchLogs.${key}" is ${JSON.stringify(given)}; give ${mend}.`);
  };
  if (typeof logGroup !== 'string' || !/^[.\-_/#A-Za-z0-9]{1,512}$/.test(logGroup)) {
    fail('logGroup', logGroup, "1 to 512 letters, digits and . - _ / #, such as '/shop/events'");
  }
  if (logStream !== undefined && (typeof logStream !== 'string' || !/^[^:*]{1,512}$/.test(logStream))) {
    fail('logStream', logStream, '1 to 512 characters without : and *');
  }
  if (retentionInDays !== undefined && !RETENTIONS.includes(retentionInDays)) {
    fail('retentionInDays', retentionInDays, `one of ${RETENTIONS.join(', ')}`);
  }
  const keys = resourceAttributes ?? [];
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'string')) {
    fail('resourceAttributes', resourceAttributes, 'an array of keys of attributes');
  }
}
