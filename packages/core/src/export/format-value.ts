/** Largest first; a quantity is shown in the largest step that it reaches. */
const STEPS: Readonly<Record<string, readonly (readonly [size: number, unit: string])[]>> = {
  s: [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
    [1e-9, 'ns'],
  ],
  By: [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
    [1, 'B'],
  ],
};

/** `12.3 ms`, `4.1 kB`, `42`: three digits are enough to read; counts of other things are exact. */
export function formatQuantity(value: number, unit: string): string {
  const steps = STEPS[unit];
  if (steps === undefined || !Number.isFinite(value)) return formatNumber(value);
  if (value === 0) return `0 ${unit === 'By' ? 'B' : unit}`;
  const last = steps.at(-1) as readonly [number, string];
  const [size, name] = steps.find(([step]) => Math.abs(value) >= step) ?? last;
  return `${Number((value / size).toPrecision(3))} ${name}`;
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** `key=value key="a value"`, in the order of the keys. */
export function formatAttributes(attributes: Readonly<Record<string, unknown>>): string {
  return Object.keys(attributes)
    .filter((key) => attributes[key] !== undefined && attributes[key] !== null)
    .map((key) => `${formatText(key)}=${formatAttribute(attributes[key])}`)
    .join(' ');
}

function formatAttribute(value: unknown): string {
  if (typeof value === 'string') return formatText(value);
  if (typeof value !== 'object') return String(value);
  try {
    return formatText(JSON.stringify(value));
  } catch {
    // Span attributes may come from any instrumentation.
    return '?';
  }
}

const PLAIN = /^[^\s"'=\p{C}\p{Z}]+$/u;
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Quoted unless it is one plain word. */
export function formatText(text: string): string {
  return PLAIN.test(text) ? text : formatName(JSON.stringify(text));
}

/** Unquoted. What a terminal would obey, or nobody would see, is escaped: names come from requests. */
export function formatName(text: string): string {
  return text.replace(UNSEEN, (unseen) =>
    Array.from({ length: unseen.length }, (_, i) => `\\u${unseen.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  );
}
