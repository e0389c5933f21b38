import { honeycomb, otlp } from '@telltale/exporter-otlp';

export const exporters = [
  // gRPC: npm install @grpc/grpc-js
  otlp({ name: 'collector', protocol: 'grpc', url: 'http://otel-collector:4317' }),

  // A backend with an address for each signal, tokens that change, and limits of its own.
  otlp({
    name: 'vendor',
    url: { metrics: 'https://in.example.com/otlp/metrics', spans: 'https://in.example.com/otlp/traces' },
    headers: async () => ({ authorization: `Bearer ${await token()}` }),
    temporality: 'delta',
    limits: { bytes: 1_000_000, spans: { items: 500 } },
  }),

  honeycomb({ apiKey: process.env.HONEYCOMB_API_KEY ?? '', region: 'eu' }),
];

declare function token(): Promise<string>;
