import { createTelemetry } from '@telltale/core';
import { diskSpool } from '@telltale/disk-spool';
import { cloudwatch } from '@telltale/exporter-cloudwatch';
import { otlp } from '@telltale/exporter-otlp';

export const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [
    cloudwatch({
      namespace: 'Shop',
      region: 'eu-west-1',
      filter: { metrics: { include: ['http.*', 'queue.*'] } }, // what is worth its price there
      budget: { perMonth: 100 }, // US dollars: attributes are folded before it is more
      spool: diskSpool({ directory: '/var/spool/telltale', maxBytes: 100e6 }), // over outages and crashes
    }),
    otlp({ url: 'http://localhost:4318', interval: { metrics: 10 }, sampling: { ratio: 0.1, keep: { errors: true } } }),
  ],
});
