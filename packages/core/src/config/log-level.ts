import type { EnvironmentReader } from './environment-reader.ts';

/** What is said on standard error: nothing, warnings, or also what was started. */
export type LogLevel = 'none' | 'warn' | 'info';

/** OpenTelemetry has more levels than there is to say here. */
const LEVELS = {
  none: 'none',
  error: 'none',
  warn: 'warn',
  info: 'info',
  debug: 'info',
  verbose: 'info',
  all: 'info',
} as const satisfies Readonly<Record<string, LogLevel>>;

export function readLogLevel(reader: EnvironmentReader): LogLevel {
  const word = reader.choice('OTEL_LOG_LEVEL', Object.keys(LEVELS) as (keyof typeof LEVELS)[]);
  return word === undefined ? 'info' : LEVELS[word];
}
