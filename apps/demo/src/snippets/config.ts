import { configureTelemetry } from '@telltale/config';

// The file, what is here, and the environment, which is the strongest. Nothing has to be here.
export const telemetry = configureTelemetry({
  service: { name: 'checkout' },
  sampling: { ratio: 0.1 },
});
