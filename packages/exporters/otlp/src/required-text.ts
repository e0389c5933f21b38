import { TelemetryError } from '@telltale/core';

/** An option without which nothing can be sent. Throws `ERR_OPTION`, never with the value: it may be a secret. */
export function requiredText(maker: string, key: string, value: unknown, what: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  const given = value === undefined ? 'missing (is the environment variable set?)' : 'no text';
  throw new TelemetryError('ERR_OPTION', `"${maker}.${key}" is ${given}; give ${what}.`);
}

/** An option with few values. Throws `ERR_OPTION`. */
export function chosen<T extends string>(maker: string, key: string, value: T, all: readonly T[]): T {
  if (all.includes(value)) return value;
  throw new TelemetryError(
    'ERR_OPTION',
    `"${maker}.${key}" is ${JSON.stringify(value)}; give ${all.map((one) => `'${one}'`).join(' or ')}.`,
  );
}
