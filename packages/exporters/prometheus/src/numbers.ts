/** A sample value as both formats spell it: shortest text that reads back as the same number, whole numbers without a fraction. */
export function formatValue(value: number): string {
  if (value - value === 0) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** A time in seconds, to the millisecond. */
export function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** The value of a `le` or `quantile` label in the text format 0.0.4; the same spelling as prom-client's, so that series keep their identity. */
export function formatBound(value: number): string {
  return formatValue(value);
}

/**
 * The value of a `le` or `quantile` label in OpenMetrics: a "canonical number", which is Go's `%g` with `.0` where nothing else
 * shows that it is a float: `0.005`, `1.0`, `1e+06`, `+Inf`.
 */
export function formatCanonicalBound(value: number): string {
  if (value - value !== 0) return formatValue(value);
  if (value === 0) return '0.0';
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const padded = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${padded}`;
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
