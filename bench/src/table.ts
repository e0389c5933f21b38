import type { Result } from './result.ts';

const COLUMNS = ['what', 'ours', 'peer', '', 'ratio', 'half within', 'budget', ''] as const;

/** The results as a table of text. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(cells);
  const widths = COLUMNS.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (isNumeric(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd();
  const lines = [line(COLUMNS), widths.map((width) => '─'.repeat(width)).join('  ')];
  results.forEach(({ experiment }, at) => {
    if (at > 0 && results[at - 1]?.experiment !== experiment) lines.push('');
    lines.push(line(rows[at]!));
  });
  return lines.join('\n');
}

function cells(result: Result): string[] {
  const { what, unit, ours, peer, peerName, ratio, ratioFrom, ratioTo } = result;
  return [
    what,
    `${significant(ours)} ${unit}`,
    `${significant(peer)} ${unit}`,
    peerName,
    significant(ratio),
    `${significant(ratioFrom)}–${significant(ratioTo)}`,
    budgetText(result),
    verdictText(result),
  ];
}

/** Figures stand under each other on the right. */
function isNumeric(column: number): boolean {
  return column === 1 || column === 2 || column === 4 || column === 6;
}

function budgetText({ budget, unit }: Result): string {
  if (budget === undefined) return '';
  return 'ratio' in budget ? `≤ ${significant(budget.ratio)}` : `≤ ${budget.atMost} ${unit}`;
}

function verdictText({ verdict, used, failure }: Result): string {
  if (verdict === 'failed') return `could not run: ${failure}`;
  if (verdict === 'information') return '';
  if (verdict === 'ok') return 'ok';
  return Number.isFinite(used) ? `MISSED by ${Math.ceil((used! - 1) * 100)} %` : 'MISSED';
}

/** Three digits that mean something; fewer where there is nothing behind the point. */
function significant(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
