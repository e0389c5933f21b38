import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { consoleExporter, createTelemetry } from '@telltale/core';

export const telemetry = createTelemetry({ service: { name: 'shop' }, exporters: [consoleExporter()] });

telemetry.register(); // from here on, OpenTelemetry's API records into Telltale
registerInstrumentations({ instrumentations: [new PgInstrumentation()] });
