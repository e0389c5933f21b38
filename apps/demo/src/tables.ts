import { styleText } from 'node:util';
import CliTable from 'cli-table3';

const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
    [side, ''],
    [`${side}-mid`, ''],
    [`${side}-left`, ''],
    [`${side}-right`, ''],
  ]),
);

/** A table without lines: names to the left, numbers to the right. */
export function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = new CliTable({
    chars: { ...NO_LINES, middle: ' ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: ['left', ...columns.map((): 'right' => 'right')],
    colWidths: [NAME_WIDTH],
    head: [styleText('bold', title), ...columns.map((column) => styleText('dim', column))],
  });
  lines.push(...rows.map((row) => [...row]));
  return lines.toString();
}

/** So that tables below each other line up, and fit 80 columns. */
const NAME_WIDTH = 32;

/** `1.2 ms`, `340 ms`, `2.50 s`; a dash where nothing was measured. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}

/** A number worth a look when it is not zero. */
export function alarming(count: number): string {
  return count === 0 ? '0' : styleText('red', whole(count));
}

export function whole(count: number): string {
  return count.toLocaleString('en');
}

export function rate(count: number, seconds: number): string {
  return seconds > 0 ? (count / seconds).toFixed(1) : '–';
}
