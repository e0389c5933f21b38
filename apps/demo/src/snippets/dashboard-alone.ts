import { createTelemetry } from '@telltale/core';
import { dashboard } from '@telltale/dashboard';

const telemetry = createTelemetry({ service: { name: 'nightly-reports' }, runtime: true });

const { url } = await dashboard(telemetry).listen({ port: 9465 });
console.log(`The dashboard is at ${url}`);
