import type { TelemetryError, TelemetryErrorCode } from '@telltale/core';

/** What is said on standard error: nothing, warnings, or also what was started. */
type LogLevel = 'none' | 'warn' | 'info';

/** What is told to the people who run the service. Standard output is the service's own. */
export class Log {
  private readonly level: LogLevel;

  constructor(level: LogLevel) {
    this.level = level;
  }

  info(message: string): void {
    if (this.level === 'info') process.stderr.write(`telltale: ${message}\n`);
  }

  /** As core warns: `--no-warnings` and listeners for `warning` hold here, too. */
  warn(message: string, code: TelemetryErrorCode): void {
    if (this.level !== 'none') process.emitWarning(message, { type: 'TelltaleWarning', code });
  }

  readonly onError = (error: TelemetryError, exporter?: string): void => {
    this.warn(exporter === undefined ? error.message : `${exporter}: ${error.message}`, error.code);
  };
}
