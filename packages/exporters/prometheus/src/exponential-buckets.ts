import type { ExponentialBuckets, ExponentialHistogramPoint } from '@telltale/core';

/** Two boundaries per power of two at most: neighbours differ by 41 %, so a quantile is at most that far off, and a latency family needs 30 or so. */
const FINEST_SCALE = 1;
/** Past this many buckets per sign, the family goes to half the resolution. */
const MAX_STEPS = 40;
/** The range of boundaries grows in steps of this many powers of two, so that processes with like traffic have the same ones. */
const STEP_OCTAVES = 4;
/** 2^±1024 holds all doubles but the tiniest, which go to the lowest bucket. */
const MAX_OCTAVE = 1024;

/** From 2^low to 2^high. */
interface Octaves {
  readonly low: number;
  readonly high: number;
}

/**
 * Boundaries of the form ±2^(k/2^scale), shared by all series of a family: `sum by (le)` is only right when every series has every boundary.
 * Immutable, so that a scrape in progress keeps its own while a family outgrows it.
 */
export interface Grid {
  readonly bounds: readonly number[];
  readonly scale: number;
  readonly positive: Octaves | undefined;
  readonly negative: Octaves | undefined;
  readonly hasZero: boolean;
}

const EMPTY_GRID: Grid = { bounds: [], scale: FINEST_SCALE, positive: undefined, negative: undefined, hasZero: false };

/** What the exponential histograms of one family have held so far; it only grows, and the boundaries with it. */
export class ExponentialRange {
  private scale = FINEST_SCALE;
  private positive: Octaves | undefined;
  private negative: Octaves | undefined;
  private hasZero = false;
  private current: Grid | undefined = EMPTY_GRID;

  include(point: ExponentialHistogramPoint): void {
    if (point.scale < this.scale) {
      this.scale = point.scale;
      this.current = undefined;
    }
    const positive = widened(this.positive, point.positive, point.scale);
    const negative = widened(this.negative, point.negative, point.scale);
    const hasZero = this.hasZero || negative !== undefined || (point.zeroCount > 0 && point.zeroThreshold === 0);
    if (positive === this.positive && negative === this.negative && hasZero === this.hasZero) return;
    this.positive = positive;
    this.negative = negative;
    this.hasZero = hasZero;
    this.current = undefined;
  }

  /** The boundaries for a scrape that begins now. */
  get grid(): Grid {
    this.current ??= makeGrid(this.scale, this.positive, this.negative, this.hasZero);
    return this.current;
  }
}

function widened(known: Octaves | undefined, buckets: ExponentialBuckets, scale: number): Octaves | undefined {
  const { counts, offset } = buckets;
  let first = 0;
  while (first < counts.length && counts[first] === 0) first++;
  if (first === counts.length) return known;
  let last = counts.length - 1;
  while (counts[last] === 0) last--;
  const width = 2 ** -scale;
  const lowest = Math.floor(((offset + first) * width) / STEP_OCTAVES) * STEP_OCTAVES;
  const highest = Math.ceil(((offset + last + 1) * width) / STEP_OCTAVES) * STEP_OCTAVES;
  const low = Math.min(Math.max(lowest, -MAX_OCTAVE), MAX_OCTAVE - STEP_OCTAVES);
  const high = Math.max(Math.min(highest, MAX_OCTAVE), low + STEP_OCTAVES);
  if (known === undefined) return { low, high };
  if (known.low <= low && known.high >= high) return known;
  return { low: Math.min(known.low, low), high: Math.max(known.high, high) };
}

function makeGrid(finest: number, positive?: Octaves, negative?: Octaves, hasZero = false): Grid {
  let scale = finest;
  while (Math.max(steps(positive, scale), steps(negative, scale)) > MAX_STEPS) scale--;
  const wide = aligned(positive, scale);
  const wideNegative = aligned(negative, scale);
  const bounds: number[] = [];
  if (wideNegative) {
    for (let k = wideNegative.high * 2 ** scale; k >= wideNegative.low * 2 ** scale; k--) bounds.push(-power(k, scale));
  }
  if (hasZero) bounds.push(0);
  if (wide) for (let k = wide.low * 2 ** scale; k <= wide.high * 2 ** scale; k++) bounds.push(power(k, scale));
  return { bounds, scale, positive: wide, negative: wideNegative, hasZero };
}

/** Whole steps of the scale: below scale -2 they are longer than those in which the range grows. */
function aligned(range: Octaves | undefined, scale: number): Octaves | undefined {
  const step = 2 ** -scale;
  return range && { low: Math.floor(range.low / step) * step, high: Math.ceil(range.high / step) * step };
}

function steps(range: Octaves | undefined, scale: number): number {
  const wide = aligned(range, scale);
  return wide ? (wide.high - wide.low) * 2 ** scale : 0;
}

/** 2^(k/2^scale) for scale ≤ 1, the same bits everywhere; 2^1024, which no double holds, is the greatest double. */
function power(k: number, scale: number): number {
  const octaves = k * 2 ** -scale;
  const whole = Math.floor(octaves);
  return Math.min(2 ** whole * (octaves === whole ? 1 : Math.SQRT2), Number.MAX_VALUE);
}

/**
 * How many values fell into each bucket of the grid, not accumulated; one more than it has boundaries. A bucket of the histogram goes to the
 * first boundary at or above its upper end; what lies outside the grid goes to the nearest bucket, and above it to `+Inf`.
 */
export function countsOnGrid(point: ExponentialHistogramPoint, grid: Grid): number[] {
  const counts: number[] = new Array(grid.bounds.length + 1).fill(0);
  const factor = 2 ** (grid.scale - point.scale);
  const negativeBounds = grid.negative ? (grid.negative.high - grid.negative.low) * 2 ** grid.scale + 1 : 0;
  const firstPositive = negativeBounds + (grid.hasZero ? 1 : 0);
  const lowestPositive = grid.positive ? grid.positive.low * 2 ** grid.scale : 0;
  const positiveAt = (k: number): number =>
    Math.min(Math.max(firstPositive + (grid.positive ? k - lowestPositive : 0), firstPositive), grid.bounds.length);

  const positive = point.positive;
  for (let i = 0; i < positive.counts.length; i++) {
    const count = positive.counts[i]!;
    if (count > 0) counts[positiveAt(Math.ceil((positive.offset + i + 1) * factor))]! += count;
  }
  if (point.zeroCount > 0) {
    const threshold = point.zeroThreshold;
    const k = threshold > 0 ? Math.ceil(Math.log2(threshold) * 2 ** grid.scale) : Number.NEGATIVE_INFINITY;
    counts[threshold > 0 || !grid.hasZero ? positiveAt(k) : negativeBounds]! += point.zeroCount;
  }
  const negative = point.negative;
  const highestNegative = grid.negative ? grid.negative.high * 2 ** grid.scale : 0;
  for (let i = 0; i < negative.counts.length; i++) {
    const count = negative.counts[i]!;
    if (count === 0) continue;
    const k = Math.floor((negative.offset + i) * factor);
    counts[Math.min(Math.max(highestNegative - k, 0), negativeBounds)]! += count;
  }
  return counts;
}
