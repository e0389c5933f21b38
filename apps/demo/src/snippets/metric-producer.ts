import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createTelemetry, metricProducer } from '@telltale/core';

export const telemetry = createTelemetry({ service: { name: 'checkout' } });

const exporter = new OTLPMetricExporter();
const temporality = (type: never) => exporter.selectAggregationTemporality(type);

export const meterProvider = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({ exporter, metricProducers: [metricProducer(telemetry, { temporality })] }),
  ],
});
