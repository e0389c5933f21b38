import { TelemetryError } from '@telltale/core';

/** Longer values are cut where they are shown. */
const MAX_SHOWN = 100;

/** Throws `ERR_OPTION`: what is wrong, what it is, what it may be. */
export function fail(path: string, found: unknown, wanted: string, hint?: string): never {
  const what = typeof found === 'string' && /^(a|an|\d+) /.test(found) ? found : shown(found);
  throw new TelemetryError(
    'ERR_OPTION',
    `"${path}" is ${what}; give ${wanted}${hint === undefined ? '.' : `: ${hint}`}`,
  );
}

/** Any value, short and on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  try {
    const text = JSON.stringify(value);
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  } catch {
    return `a value of type ${typeof value}`;
  }
}

/** `above`, `below`: not themselves; `from`, `to`: they, too. */
interface Limits {
  readonly above?: number;
  readonly from?: number;
  readonly below?: number;
  readonly to?: number;
}

export function checkNumber(path: string, value: unknown, limits: Limits, unit?: string): void {
  const { above = Number.NEGATIVE_INFINITY, from = above, below = Number.POSITIVE_INFINITY, to = below } = limits;
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value > above &&
    value >= from &&
    value < below &&
    value <= to;
  if (fits) return;
  const bounds = [
    limits.above === undefined ? '' : `above ${above}`,
    limits.from === undefined ? '' : `from ${from}`,
    limits.below === undefined ? '' : `below ${below}`,
    limits.to === undefined ? '' : `to ${to}`,
  ].filter((bound) => bound !== '');
  fail(path, value, [`a number${unit === undefined ? '' : ` of ${unit}`}`, ...bounds].join(' '));
}
