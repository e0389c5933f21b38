import { InvalidArgumentError } from 'commander';

export function port(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('Give a whole number from 0 (any free port) to 65535.');
}

export function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Give a number of seconds above 0.');
}

export function atLeastOne(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Give a whole number from 1.');
}

export function url(text: string): string {
  const { protocol } = URL.parse(text) ?? {};
  if (protocol === 'http:' || protocol === 'https:') return text;
  throw new InvalidArgumentError('Give an address that begins with http:// or https://.');
}

/** Several with commas. */
export function urls(text: string): readonly string[] {
  return text.split(',').map((one) => url(one.trim()));
}

export type Headers = Readonly<Record<string, string>>;

/** `name=value`, as in OTEL_EXPORTER_OTLP_HEADERS: several with commas, a value with a comma of its own as `%2C`. */
export function header(text: string, before: Headers = {}): Headers {
  const pairs = text.split(',').map((one): [string, string] => {
    const at = one.indexOf('=');
    // Not the text: it may be a secret.
    if (at < 1) throw new InvalidArgumentError('Give name=value, such as authorization=Bearer%20….');
    return [one.slice(0, at).trim().toLowerCase(), decoded(one.slice(at + 1).trim())];
  });
  return { ...before, ...Object.fromEntries(pairs) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
