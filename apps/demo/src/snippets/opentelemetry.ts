import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { createTelemetry } from '@telltale/core';

export const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true } });

telemetry.register(); // OpenTelemetry's API records into Telltale from here on
registerInstrumentations({ instrumentations: [new PgInstrumentation()] });
