// telltale.config.ts; `export default defineConfig(…)` does as well
import { defineConfig } from '@telltale/config';

export const config = defineConfig({
  service: { environment: 'production' },
  exporters: [
    { type: 'prometheus', config: { port: 9464 } },
    { type: 'otlp', config: { url: 'http://otel-collector:4318' }, signals: ['spans'] },
  ],
});
