const DIGITS = 3;
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const LONG = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** A value as people read it: `7.3 %`, `1.2 s`, `512 MiB`, `0.4/s`. `unit` is UCUM; `share`: of a whole. */
export function formatValue(value: number, unit: string): string {
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case '%':
      return `${rounded(value * 100)} %`;
    case 's':
      return seconds(value);
    case 'By':
      return bytes(value);
    default:
      return spelled(value, unit);
  }
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 1) return size < 0.001 ? `${rounded(value * 1e6)} µs` : `${rounded(value * 1000)} ms`;
  const [width, name] = LONG.find(([least]) => size >= 2 * least) ?? [1, 's'];
  return `${rounded(value / width)} ${name}`;
}

function bytes(value: number): string {
  const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)));
  return `${rounded(value / 1024 ** power)} ${BYTES[power]}`;
}

/** `{request}` counts requests, which the text around it says. */
function spelled(value: number, unit: string): string {
  const name = unit === '1' ? '' : unit.replace(/^1?\{.*?\}/, '');
  return name === '' ? rounded(value) : `${rounded(value)}${name.startsWith('/') ? '' : ' '}${name}`;
}
