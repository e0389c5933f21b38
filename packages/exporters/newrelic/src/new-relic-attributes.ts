/** docs.newrelic.com/docs/opentelemetry/best-practices/opentelemetry-otlp: attribute names and values, characters, and entries of an array. */
const MAX_NAME = 255;
const MAX_VALUE = 4095;
const MAX_ARRAY = 64;

type Attributes = Readonly<Record<string, unknown>>;

/** As they are, if they are within New Relic's limits, which is nearly always; else cut. Names that are the same when cut stay apart. */
export function newRelicAttributes(attributes: Attributes): Attributes {
  if (!Object.entries(attributes).some(([key, value]) => isTooLong(key, value))) return attributes;
  const cut = new Map<string, unknown>();
  // Names that fit keep their place, whatever is cut to look like them.
  const entries = Object.entries(attributes).sort(
    ([a], [b]) => Number(a.length > MAX_NAME) - Number(b.length > MAX_NAME),
  );
  for (const [key, value] of entries) cut.set(freeName(key, cut), cutValue(value));
  return Object.fromEntries(cut);
}

function isTooLong(key: string, value: unknown): boolean {
  if (key.length > MAX_NAME) return true;
  if (typeof value === 'string') return value.length > MAX_VALUE;
  return Array.isArray(value) && (value.length > MAX_ARRAY || value.some((one) => isTooLong('', one)));
}

function freeName(key: string, taken: ReadonlyMap<string, unknown>): string {
  let name = cutText(key, MAX_NAME);
  for (let i = 2; taken.has(name); i++) name = `${cutText(key, MAX_NAME - String(i).length - 1)}~${i}`;
  return name;
}

function cutValue(value: unknown): unknown {
  if (typeof value === 'string') return cutText(value, MAX_VALUE);
  return Array.isArray(value) ? value.slice(0, MAX_ARRAY).map(cutValue) : value;
}

/** Never in the middle of a character of two units. */
function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
