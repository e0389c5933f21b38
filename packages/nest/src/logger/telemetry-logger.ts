import { ConsoleLogger, type ConsoleLoggerOptions, type LogLevel } from '@nestjs/common';
import type { LogFields, Telemetry } from '@telltale/core';

/**
 * Nest's logger, with `trace_id` and `span_id` on every line that is written inside of a span: in JSON as fields, else at the end of the line.
 * `app.useLogger(app.get(TelemetryLogger))`, or, with options of Nest's, `new TelemetryLogger(telemetry, { json: true })`.
 */
export class TelemetryLogger extends ConsoleLogger {
  private readonly fields: () => LogFields;

  constructor(telemetry: Telemetry, options: ConsoleLoggerOptions = {}) {
    super(options);
    this.fields = telemetry.logFields;
  }

  protected override formatMessage(
    logLevel: LogLevel,
    message: unknown,
    pidMessage: string,
    formattedLogLevel: string,
    contextMessage: string,
    timestampDiff: string,
    params?: Record<string, unknown>,
  ): string {
    const line = super.formatMessage(
      logLevel,
      message,
      pidMessage,
      formattedLogLevel,
      contextMessage,
      timestampDiff,
      params,
    );
    const { trace_id, span_id } = this.fields();
    return trace_id === undefined ? line : line.replace(/\n$/, ` trace_id=${trace_id} span_id=${span_id}\n`);
  }

  protected override getJsonLogObject(
    message: unknown,
    options: { readonly context: string; readonly logLevel: LogLevel },
  ): LogObject {
    return { ...super.getJsonLogObject(message, options), ...this.fields() };
  }
}

/** What is common to Nest 11 and 12. */
interface LogObject {
  [key: string]: unknown;
  readonly level: LogLevel;
  readonly pid: number;
  readonly timestamp: number;
  readonly message: unknown;
}
