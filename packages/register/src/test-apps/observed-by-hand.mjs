// A service that has telemetry of its own, and is started with @telltale/register nevertheless.
import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { expressTelemetry } from '@telltale/express';
import express from 'express';

const metrics = prometheus();
const telemetry = createTelemetry({ service: { name: 'by-hand' }, exporters: [metrics] });

const app = express();
app.get('/metrics', metrics.handler);
app.use(expressTelemetry(telemetry));
app.get('/products/:id', (_request, response) => response.end('ok'));

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.once('message', () => process.kill(process.pid, 'SIGTERM'));
