import type { History, Reading } from '../../../src/frame.ts';

/** How long lines are kept: what the server's history covers, too. */
const KEEP_SECONDS = 3_600;

/** Younger points are kept as they came; older ones are the mean of ten seconds. */
const FINE_SECONDS = 300;
const COARSE_SECONDS = 10;

/** Room between two compactions: 330 coarse points, 300 fine ones, and two minutes to come. */
const CAPACITY = 768;

/** 4,096 lines of 768 points of 4 bytes: 12.6 MB at most. Lines beyond are not drawn. */
const MAX_LINES = 4_096;

/** Longer silences are shown as gaps, not as straight lines. */
const GAP_SECONDS = 35;

export interface Points {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** The history of all lines, an hour at most, on one axis of time. */
export class LineStore {
  private times = new Float64Array(CAPACITY);
  private lines = new Map<string, Float32Array>();
  private length = 0;

  get lineCount(): number {
    return this.lines.size;
  }

  get pointCount(): number {
    return this.length;
  }

  clear(): void {
    this.lines = new Map();
    this.length = 0;
  }

  /** What is not newer than the last is left out. */
  append(time: number, values: Iterable<readonly [key: string, value: Reading]>): void {
    if (this.length > 0 && time <= this.times[this.length - 1]!) return;
    if (this.length === CAPACITY) this.compact(time);
    const i = this.length++;
    this.times[i] = time;
    for (const [key, value] of values) {
      if (value === null) continue;
      const line = this.line(key);
      if (line) line[i] = value;
    }
  }

  /** Puts what the server remembers in front of, and between, what was seen here: both are of the same process. */
  merge(history: Pick<History, 'times' | 'lines'>): void {
    const own = { times: this.times, lines: this.lines, length: this.length };
    const seen = Array.from(own.times.subarray(0, own.length));
    const order = [
      ...history.times.map((time, i) => ({ time, i, own: false })).filter(({ time }) => !isNear(seen, time)),
      ...seen.map((time, i) => ({ time, i, own: true })),
    ].sort((a, b) => a.time - b.time);
    const last = order.at(-1)?.time;
    if (last === undefined) return;
    const groups = grouped(order, last);
    const lines = new Map<string, Float32Array>();
    for (const key of new Set([...own.lines.keys(), ...Object.keys(history.lines)])) {
      if (lines.size === MAX_LINES) break;
      const mine = own.lines.get(key);
      const theirs = history.lines[key];
      lines.set(
        key,
        meanOf(groups, (point) => (point.own ? mine : theirs)?.[point.i]),
      );
    }
    this.lines = lines;
    this.setTimes(groups);
  }

  /** The last `span` seconds of a line. Empty if there is no such line. */
  read(key: string, span: number): Points {
    return this.sum([key], span);
  }

  /** Several lines added up, point by point; unknown where all are. */
  sum(keys: readonly string[], span: number): Points {
    const lines = keys.map((key) => this.lines.get(key)).filter((line) => line !== undefined);
    const times: number[] = [];
    const values: (number | null)[] = [];
    if (lines.length === 0 || this.length === 0) return { times, values };
    const from = this.times[this.length - 1]! - span;
    for (let i = this.firstFrom(from); i < this.length; i++) {
      const time = this.times[i]!;
      const before = times.at(-1);
      if (before !== undefined && time - before > GAP_SECONDS) {
        times.push(before + 1);
        values.push(null);
      }
      let total: number | null = null;
      for (const line of lines) {
        const value = line[i]!;
        if (!Number.isNaN(value)) total = (total ?? 0) + value;
      }
      times.push(time);
      values.push(total);
    }
    return { times, values };
  }

  private firstFrom(time: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private line(key: string): Float32Array | undefined {
    let line = this.lines.get(key);
    if (!line && this.lines.size < MAX_LINES) {
      line = new Float32Array(CAPACITY).fill(Number.NaN);
      this.lines.set(key, line);
    }
    return line;
  }

  private compact(now: number): void {
    const order = Array.from(this.times.subarray(0, this.length), (time, i) => ({ time, i }));
    const groups = grouped(order, now);
    for (const [key, line] of this.lines) {
      const thinned = meanOf(groups, ({ i }) => line[i]);
      // What nobody has told of for an hour gives its place to others.
      if (thinned.subarray(0, groups.length).every(Number.isNaN)) this.lines.delete(key);
      else this.lines.set(key, thinned);
    }
    this.setTimes(groups);
  }

  private setTimes(groups: readonly (readonly { readonly time: number }[])[]): void {
    this.times = new Float64Array(CAPACITY);
    groups.forEach((group, i) => {
      this.times[i] = group.at(-1)!.time;
    });
    this.length = groups.length;
  }
}

/** Whether one of the sorted times is within two seconds. */
function isNear(sorted: readonly number[], time: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < time - 2) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && sorted[low]! <= time + 2;
}

/** Which points become one: the young stay alone, the old go by ten seconds, the very old go. Never more than leave room for new ones. */
function grouped<P extends { readonly time: number }>(order: readonly P[], now: number): P[][] {
  const groups: P[][] = [];
  let current = Number.NaN;
  for (const point of order) {
    const age = now - point.time;
    if (age > KEEP_SECONDS) continue;
    const slot = age <= FINE_SECONDS ? Number.NaN : Math.floor(point.time / COARSE_SECONDS);
    if (slot === current) groups.at(-1)!.push(point);
    else groups.push([point]);
    current = slot;
  }
  // A server that told of more than one point a second, or a clock that jumped.
  return groups.slice(-(CAPACITY - 120));
}

function meanOf<P>(groups: readonly (readonly P[])[], read: (point: P) => number | null | undefined): Float32Array {
  const line = new Float32Array(CAPACITY).fill(Number.NaN);
  groups.forEach((group, i) => {
    let total = 0;
    let known = 0;
    for (const point of group) {
      const value = read(point);
      if (typeof value !== 'number' || Number.isNaN(value)) continue;
      total += value;
      known++;
    }
    if (known > 0) line[i] = total / known;
  });
  return line;
}
