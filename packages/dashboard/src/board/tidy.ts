import type { Reading } from '../frame.ts';

/** With five significant digits: more is noise, and takes space in each frame. What is no finite number is not known. */
export function tidy(value: number | null | undefined): Reading {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  if (Number.isInteger(value)) return value;
  const size = Math.abs(value);
  if (size >= 100_000) return Math.round(value);
  if (size < 1e-9) return 0;
  const factor = 10 ** (4 - Math.floor(Math.log10(size)));
  return Math.round(value * factor) / factor;
}
