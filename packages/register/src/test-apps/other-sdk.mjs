// What an OpenTelemetry SDK does when it starts.
import { ProxyTracerProvider, trace } from '@opentelemetry/api';

trace.setGlobalTracerProvider(new ProxyTracerProvider());
