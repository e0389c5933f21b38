/** What went wrong, for programs. The message says it for people, with the mend. */
export type TelemetryErrorCode =
  | 'ERR_OPTION'
  | 'ERR_METRIC_NAME'
  | 'ERR_METRIC_CONFLICT'
  | 'ERR_METRIC_OPTION'
  | 'ERR_ALREADY_REGISTERED'
  | 'ERR_EXPORTER'
  | 'ERR_VALUE'
  | 'ERR_ATTRIBUTE'
  | 'ERR_CARDINALITY'
  | 'ERR_CALLBACK'
  | 'ERR_LISTENER'
  | 'ERR_DEADLOCK'
  | 'ERR_ADAPTER'
  | 'ERR_EXPORT'
  | 'ERR_BUDGET'
  | 'ERR_DROPPED'
  | 'ERR_SHUTDOWN';

/**
 * The only error Telltale throws or hands to `onError`. It is thrown while things are defined (start-up),
 * never while recording; problems of recording and exporting go to `onError` instead.
 */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
  readonly code: TelemetryErrorCode;

  constructor(code: TelemetryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of whatever was thrown. Never throws, as `String` does for what has no text. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return `a value of type ${typeof error}`;
  }
}
