import type { Telemetry } from '@telltale/core';
import { observePool } from '@telltale/worker-threads';
import { Tinypool } from 'tinypool';
import type { Thumbnail } from './thumbnail.ts';

const THREADS = 2;

/** Renders thumbnails on threads. */
export interface Thumbnails {
  render(product: number, width: number): Promise<Thumbnail>;
  close(): Promise<void>;
}

/** Tinypool runs the threads; telemetry watches them, and hands each task its trace. */
export function startThumbnails(telemetry: Telemetry): Thumbnails {
  const threads = observePool(
    new Tinypool({
      filename: new URL('./thumbnail.ts', import.meta.url).href,
      minThreads: THREADS,
      maxThreads: THREADS,
      // A thread that waits by Atomics sends nothing of what it recorded.
      useAtomics: false,
    }),
    telemetry,
    { name: 'thumbnails', context: true, taskName: () => 'resize' },
  );
  return {
    render: (product, width) => threads.run({ product, width }, { name: 'render' }),
    close: () => threads.destroy(),
  };
}
