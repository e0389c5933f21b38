import { createTelemetry, healthEndpoint } from '@telltale/core';
import { expressTelemetry } from '@telltale/express';
import express, { type Express } from 'express';

const telemetry = createTelemetry({ service: { name: 'checkout' } });
const ping = async (_signal: AbortSignal): Promise<void> => {}; // pool.query('select 1'), redis.ping() …

export const app: Express = express();
app.use('/health', healthEndpoint(telemetry, { checks: { db: ping } })); // first: probes are then not recorded
app.use(expressTelemetry(telemetry));
