import { createTelemetry } from '@telltale/core';
import { dashboard } from '@telltale/dashboard';
import { expressTelemetry } from '@telltale/express';
import express from 'express';

const telemetry = createTelemetry({
  service: { name: 'shop', version: '1.4.0', environment: 'production' },
  signals: { spans: true }, // for slow and failed traces; not needed where an exporter takes spans
  runtime: true, // event loop, heap, CPU, disks
});

const app = express();
app.use('/telltale', dashboard(telemetry)); // before telemetry: who looks is no customer
app.use(expressTelemetry(telemetry));

app.get('/products/:id', (request, response) => {
  response.json({ id: request.params.id });
});

app.listen(3000); // http://localhost:3000/telltale
