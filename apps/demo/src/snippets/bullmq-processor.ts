import { observeProcessor } from '@telltale/bullmq';
import { createTelemetry } from '@telltale/core';
import { gather } from '@telltale/gather';
import type { SandboxedJob } from 'bullmq';

// In the process or thread: no exporters, all goes to the worker's process.
const telemetry = createTelemetry({ service: { name: 'shop' }, signals: { spans: true }, gather: gather() });
const drawn = telemetry.counter('thumbnails.drawn', { unit: '{image}' });

export default observeProcessor(async (job: SandboxedJob<{ image: string }>) => {
  drawn.add(1);
  return telemetry.span('scale', () => `${job.data.image} at 320`); // part of the job's trace
}, telemetry);
