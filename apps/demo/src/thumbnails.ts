import type { Telemetry } from '@telltale/core';
import { Tinypool } from 'tinypool';
import type { Thumbnail } from './thumbnail.ts';

const THREADS = 2;

/** Renders thumbnails on threads. */
export interface Thumbnails {
  render(product: number, width: number): Promise<Thumbnail>;
  close(): Promise<void>;
}

/** Tinypool runs the threads; telemetry watches them. */
export function startThumbnails(telemetry: Telemetry): Thumbnails {
  const threads = new Tinypool({
    filename: new URL('./thumbnail.ts', import.meta.url).href,
    minThreads: THREADS,
    maxThreads: THREADS,
  });
  const pool = telemetry.workerPool('thumbnails', { size: THREADS });
  return {
    render: (product, width) => pool.task('resize', () => threads.run({ product, width }, { name: 'render' })),
    async close() {
      await threads.destroy();
      pool.close();
    },
  };
}
