import { createTelemetry } from '@telltale/core';
import { gather } from '@telltale/gather';
import { observeTask } from '@telltale/worker-threads';

// In the thread: no exporters, all goes to the process.
const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true }, gather: gather() });
const resized = telemetry.counter('images.resized', { unit: '{image}' });

export const resize = observeTask(async ({ image, width }: { image: string; width: number }) => {
  resized.add(1, { width });
  return telemetry.span('scale', () => `${image} at ${width}`); // part of the trace of whoever asked
}, telemetry);
