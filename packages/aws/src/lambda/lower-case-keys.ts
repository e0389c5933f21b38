/** An object with these keys in lower case, as `telemetry.extract` wants headers; without what is no text. */
export function lowerCaseKeys(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const carrier: Record<string, unknown> = Object.create(null);
  for (const [key, value] of entries) {
    if (typeof value === 'string') carrier[key.toLowerCase()] = value;
  }
  return carrier;
}
