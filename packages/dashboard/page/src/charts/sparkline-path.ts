import type { Points } from '../live/line-store.ts';

/** A point for each 2 pixels; the highest of those that share one. */
const STEP = 2;

/** Outline and area of a line from 0 to its highest point; empty without two points. */
export function sparklinePath(points: Points, width: number, height: number): { line: string; area: string } {
  const { times, values } = points;
  const from = times[0];
  const to = times.at(-1);
  if (from === undefined || to === undefined || to <= from) return { line: '', area: '' };
  const places = Math.floor(width / STEP);
  const tops: (number | null)[] = new Array(places + 1).fill(null);
  let highest = 0;
  times.forEach((time, i) => {
    const value = values[i];
    if (value === null || value === undefined) return;
    const place = Math.round(((time - from) / (to - from)) * places);
    tops[place] = Math.max(tops[place] ?? 0, value);
    highest = Math.max(highest, value);
  });
  let line = '';
  let first: number | undefined;
  let last = 0;
  tops.forEach((value, place) => {
    if (value === null) return;
    const x = place * STEP;
    const y = highest > 0 ? height - 1 - (value / highest) * (height - 2) : height - 1;
    line += `${line === '' ? 'M' : 'L'}${x} ${y.toFixed(1)}`;
    first ??= x;
    last = x;
  });
  if (first === undefined || last === first) return { line: '', area: '' };
  return { line, area: `${line}L${last} ${height}L${first} ${height}Z` };
}
