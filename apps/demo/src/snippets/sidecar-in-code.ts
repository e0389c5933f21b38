import { slack } from '@telltale/alerts';
import { cloudwatch } from '@telltale/exporter-cloudwatch';
import { startSidecar } from '@telltale/sidecar';

const sidecar = await startSidecar({
  exporters: [cloudwatch({ namespace: 'Shop', region: 'eu-west-1' })], // any exporter: it sees the metrics and spans of all services
  alerts: { notify: [slack({ url: process.env.SLACK_WEBHOOK ?? '' })] },
  limits: { series: 20_000 },
});
console.log(sidecar.url, sidecar.health());
