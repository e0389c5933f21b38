import { createTelemetry } from '@telltale/core';
import { diskSpool } from '@telltale/disk-spool';
import { cloudwatch } from '@telltale/exporter-cloudwatch';

export const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [
    cloudwatch({
      namespace: 'Shop',
      region: 'eu-west-1',
      spool: diskSpool({ directory: '/var/spool/telltale', maxBytes: 100e6 }),
    }),
  ],
});
