import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { expressTelemetry } from '@telltale/express';
import express from 'express';

const metrics = prometheus();
const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  exporters: [metrics],
});

const app = express();
app.get('/metrics', metrics.handler); // before telemetry: scrapes are not customers
app.use(expressTelemetry(telemetry)); // before all other routes

app.get('/products/:id', (request, response) => {
  response.json({ id: request.params.id });
});

app.listen(3000);
