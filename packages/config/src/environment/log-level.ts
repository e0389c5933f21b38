import type { LogLevel } from '../telltale-config.ts';
import type { EnvironmentReader } from './environment-reader.ts';

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

export function readLogLevel(reader: EnvironmentReader): LogLevel | undefined {
  const word = reader.choice('OTEL_LOG_LEVEL', Object.keys(LEVELS) as (keyof typeof LEVELS)[]);
  return word === undefined ? undefined : LEVELS[word];
}
