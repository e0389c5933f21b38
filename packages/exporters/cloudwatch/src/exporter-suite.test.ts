import { type BackendControl, exporterSuite } from '@telltale/testing';
import { awsTestOptions, type BackendServer, openCloudWatchBackend } from '@telltale-internal/backends';
import { cloudwatch, emf } from './index.ts';

exporterSuite({
  name: 'cloudwatch()',
  kind: 'push',
  signals: ['metrics'],
  network: true,
  partial: false,
  attributes: 'cleaned',
  attributeValue: String,
  create: async () => {
    const backend = await openCloudWatchBackend();
    return {
      exporter: cloudwatch({
        namespace: 'Checkout',
        ...awsTestOptions(backend),
      }),
      received: backend.received,
      backend: allOrNothing(backend.server),
      close: backend.close,
    };
  },
});

exporterSuite({
  name: 'emf()',
  kind: 'push',
  signals: ['metrics'],
  network: false,
  partial: false,
  attributes: 'cleaned',
  attributeValue: String,
  create: async () => {
    const lines: string[] = [];
    return {
      exporter: emf({ namespace: 'Checkout', write: (line) => lines.push(line) }),
      received: async () => ({ metrics: lines.flatMap(seriesOf), spans: [], events: [] }),
    };
  },
});

/** PutMetricData takes a request as a whole. */
function allOrNothing(server: BackendServer): BackendControl {
  return {
    answer: (...given) => server.answer(...given),
    stall: () => server.stall(),
    disconnect: (taken) => server.disconnect(taken),
    drip: () => server.drip(),
    poison: (text) => server.poison(text),
    down: () => server.down(),
    requests: () => server.requests(),
  };
}

interface Line {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/** As CloudWatch reads a line. */
function seriesOf(text: string) {
  const line = JSON.parse(text) as Line;
  return line._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((dimensions) =>
      Metrics.map(({ Name }) => {
        const value = line[Name];
        return {
          name: Name,
          attributes: Object.fromEntries(dimensions.map((key) => [key, line[key]])),
          ...(typeof value === 'number' && { value }),
        };
      }),
    ),
  );
}
