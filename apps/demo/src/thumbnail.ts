// Runs on the threads of thumbnails.ts.
import { observeTask } from '@telltale/worker-threads';
import createHasher, { type XXHashAPI } from 'xxhash-wasm';
import { createPartTelemetry } from './part-telemetry.ts';

const telemetry = createPartTelemetry();
const rendered = telemetry.counter('thumbnails', { unit: '{thumbnail}', description: 'Thumbnails rendered.' });

const SOURCE_SIZE = 800;

export interface Thumbnail {
  readonly width: number;
  readonly pixels: Uint8Array;
  /** Of the pixels: for caches. */
  readonly etag: string;
}

let hasher: Promise<XXHashAPI> | undefined;

/** Part of the trace of whoever asked for the thumbnail. What is counted here shows in the shop's numbers. */
export const render = observeTask(
  async ({ product, width }: { product: number; width: number }): Promise<Thumbnail> => {
    const pixels = telemetry.span('scale', () => scale(product, width));
    hasher ??= createHasher();
    const { h32Raw } = await hasher;
    const hash = telemetry.boundary({ to: 'xxhash', operation: 'h32', protocol: 'wasm' }, () => h32Raw(pixels));
    rendered.add(1);
    return { width, pixels, etag: hash.toString(16) };
  },
  telemetry,
);

/** Scales a made-up picture of the product down, by averaging: real work for a processor. */
function scale(product: number, width: number): Uint8Array {
  const pixels = new Uint8Array(width * width);
  const step = SOURCE_SIZE / width;
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) pixels[y * width + x] = average(product, x * step, y * step, step);
  }
  return pixels;
}

function average(product: number, left: number, top: number, size: number): number {
  let sum = 0;
  for (let y = top; y < top + size; y++) for (let x = left; x < left + size; x++) sum += brightness(product, x, y);
  return sum / (size * size);
}

function brightness(product: number, x: number, y: number): number {
  return 128 + 127 * Math.sin((x * product) / 97) * Math.cos((y * product) / 89);
}
