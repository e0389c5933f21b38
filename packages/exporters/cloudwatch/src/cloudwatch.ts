import type { PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import type { Exporter } from '@telltale/core';
import {
  AWS_OPTIONS,
  AwsConnection,
  type AwsOptions,
  checkAwsOptions,
  checkExporterOptions,
  type ExporterOptions,
  exporterOf,
  type Parcel,
  sendParcels,
} from '@telltale/exporter-kit';
import { measurementsOf } from './measurements.ts';
import { type MetricDatum, metricDataOf } from './metric-data.ts';
import { type CloudWatchNames, checkNames, NAMES_OPTIONS } from './options.ts';
import { refuse } from './refuse.ts';

export interface CloudWatchOptions extends ExporterOptions, AwsOptions, CloudWatchNames {}

/** "PutMetricData", CloudWatch API reference: of one request. */
const MAX_DATA = 1000;
/** The same page says 1 MB and not of which kind; of the body before compression, as the CloudWatch agent counts it. */
const MAX_BYTES = 1_000_000;

/** CloudWatch adds up what it is given: a second copy would count twice. */
const WHEN_UNKNOWN = 'give-up';

/** The data of one point, and their JSON as it will be in the request. */
interface PointData {
  readonly data: readonly MetricDatum[];
  readonly json: string;
}

/**
 * Sends metrics to Amazon CloudWatch by PutMetricData, in as few calls as its limits allow: counters as differences, histograms as values with counts,
 * so that CloudWatch has their percentiles. Needs `@aws-sdk/client-cloudwatch` and the IAM action cloudwatch:PutMetricData.
 */
export function cloudwatch(options: CloudWatchOptions): Exporter {
  checkExporterOptions('cloudwatch', options, [...NAMES_OPTIONS, ...AWS_OPTIONS]);
  const names = checkNames('cloudwatch', options);
  checkAwsOptions('cloudwatch', options);
  const { namespace, highResolution } = names;
  const connection = new AwsConnection(
    {
      name: 'CloudWatch',
      maker: 'cloudwatch()',
      library: '@aws-sdk/client-cloudwatch',
      load: () => import('@aws-sdk/client-cloudwatch'),
      createClient: (sdk, config) => new sdk.CloudWatchClient(config),
    },
    options,
  );
  const head = `{"Namespace":${JSON.stringify(namespace)},"MetricData":[`;
  return exporterOf('cloudwatch', options, {
    name: 'cloudwatch',
    backend: 'cloudwatch',
    temporality: 'delta',
    whenUnknown: WHEN_UNKNOWN,
    start: () => connection.start(),
    exportMetrics: async (snapshot, context) => {
      context.signal.throwIfAborted();
      const measured = measurementsOf(snapshot, names);
      const withRefused = refuse(measured, context);
      const parcels = measured.flatMap(({ point, measurements }): Parcel<PointData>[] => {
        const data = measurements.flatMap((measurement) => metricDataOf(measurement, highResolution));
        return data.length > 0 ? [{ payload: { data, json: jsonOf(data) }, items: [point] }] : [];
      });
      const sent = await sendParcels(parcels, {
        context,
        maxWeight: MAX_DATA,
        weigh: ({ data }) => data.length,
        maxBytes: MAX_BYTES,
        measure: ({ json }) => json.length + 1,
        encode: (payloads) => `${head}${payloads.map(({ json }) => json).join(',')}]}`,
        send: async (_, payloads) => {
          const MetricData = payloads.flatMap(({ data }) => data);
          await connection.call(
            (sdk) => new sdk.PutMetricDataCommand({ Namespace: namespace, MetricData } as PutMetricDataCommandInput),
            'cloudwatch:PutMetricData',
            context,
          );
        },
        whenUnknown: WHEN_UNKNOWN,
      });
      return withRefused(sent);
    },
    shutdown: () => connection.close(),
  });
}

/** As the SDK writes it, but for the order of keys; all of it is ASCII, so that its length is its bytes. */
function jsonOf(data: readonly MetricDatum[]): string {
  return data
    .map(({ Timestamp, ...rest }) => JSON.stringify({ ...rest, Timestamp: Timestamp.getTime() / 1000 }))
    .join(',');
}
