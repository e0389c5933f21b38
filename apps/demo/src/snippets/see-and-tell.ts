import { alerts, slack } from '@telltale/alerts';
import { createTelemetry, healthEndpoint } from '@telltale/core';
import { dashboard } from '@telltale/dashboard';
import { expressTelemetry } from '@telltale/express';
import express from 'express';

const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true }, runtime: true });

const watching = alerts(telemetry, {
  notify: [slack({ url: process.env.SLACK_WEBHOOK ?? 'https://hooks.slack.com/services/T0/B0/secret' })],
});

const app = express();
app.use('/telltale', dashboard(telemetry, { alerts: watching })); // from elsewhere than this machine it asks for a token
app.use('/health', healthEndpoint(telemetry)); // /health/live, /health/ready
app.use(expressTelemetry(telemetry));

app.get('/products/:id', (request, response) => {
  response.json({ id: request.params.id });
});

app.listen(3000);
