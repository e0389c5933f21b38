// Runs on the threads of thumbnails.ts.

const SOURCE_SIZE = 800;

export interface Thumbnail {
  readonly width: number;
  readonly pixels: Uint8Array;
}

/** Scales a made-up picture of the product down, by averaging: real work for a processor. */
export function render({ product, width }: { product: number; width: number }): Thumbnail {
  const pixels = new Uint8Array(width * width);
  const scale = SOURCE_SIZE / width;
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) pixels[y * width + x] = average(product, x * scale, y * scale, scale);
  }
  return { width, pixels };
}

function average(product: number, left: number, top: number, size: number): number {
  let sum = 0;
  for (let y = top; y < top + size; y++) for (let x = left; x < left + size; x++) sum += brightness(product, x, y);
  return sum / (size * size);
}

function brightness(product: number, x: number, y: number): number {
  return 128 + 127 * Math.sin((x * product) / 97) * Math.cos((y * product) / 89);
}
