import { createTelemetry } from '@telltale/core';
import { prometheus } from '@telltale/exporter-prometheus';
import { gather } from '@telltale/gather';
import { observePool } from '@telltale/worker-threads';
import { Tinypool } from 'tinypool';

const telemetry = createTelemetry({
  service: { name: 'shop' },
  exporters: [prometheus({ port: 9464 })],
  gather: gather(), // what the threads record comes here
});

const pool = observePool(
  new Tinypool({
    filename: new URL('./worker-threads-task.ts', import.meta.url).href,
    name: 'resize',
    useAtomics: false, // so that threads hand over what they record; of piscina, atomics: 'async'
  }),
  telemetry,
  { name: 'thumbnails', context: true }, // the trace goes with each task
);

await telemetry.span('upload', () => pool.run({ image: 'a.png', width: 320 }));
