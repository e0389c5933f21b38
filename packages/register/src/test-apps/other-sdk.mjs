// Stands for another SDK that was started before.
import { ProxyTracerProvider, trace } from '@opentelemetry/api';

class NodeTracerProvider {
  getTracer(name) {
    return new ProxyTracerProvider().getTracer(name);
  }
}

trace.setGlobalTracerProvider(new NodeTracerProvider());
