import type {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_STACKTRACE,
  ATTR_EXCEPTION_TYPE,
  ERROR_TYPE_VALUE_OTHER,
  EVENT_EXCEPTION,
} from '@opentelemetry/semantic-conventions';

// Types only: the compiler checks the spelling, and the package (1 MB of constants) is not loaded.
export const ERROR_TYPE: typeof ATTR_ERROR_TYPE = 'error.type';
export const ERROR_TYPE_OTHER: typeof ERROR_TYPE_VALUE_OTHER = '_OTHER';
export const EXCEPTION: typeof EVENT_EXCEPTION = 'exception';
const EXCEPTION_TYPE: typeof ATTR_EXCEPTION_TYPE = 'exception.type';
const EXCEPTION_MESSAGE: typeof ATTR_EXCEPTION_MESSAGE = 'exception.message';
const EXCEPTION_STACKTRACE: typeof ATTR_EXCEPTION_STACKTRACE = 'exception.stacktrace';

/** What is known of something thrown. */
export interface ExceptionDescription {
  /** The error's code if it is a word (`ECONNREFUSED`), else its name (`TypeError`), else its number. */
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly stack: string | undefined;
}

const NOTHING: ExceptionDescription = { type: undefined, message: undefined, stack: undefined };

/** Reads whatever was thrown: an error, something like one, a string, nothing. Never throws. */
export function describeException(error: unknown): ExceptionDescription {
  try {
    if (error === undefined || error === null) return NOTHING;
    if (typeof error !== 'object' && typeof error !== 'function') return { ...NOTHING, message: text(String(error)) };
    const { code, name, message, stack } = error as Readonly<Record<string, unknown>>;
    return {
      type: text(code) ?? text(name) ?? (typeof code === 'number' ? String(code) : undefined),
      message: text(message),
      stack: text(stack),
    };
  } catch {
    // A getter that throws.
    return NOTHING;
  }
}

/** The attributes of the `exception` event; `undefined` when there is neither a type nor a message, which the conventions require. */
export function exceptionAttributes({
  type,
  message,
  stack,
}: ExceptionDescription): Record<string, string> | undefined {
  if (type === undefined && message === undefined) return undefined;
  const attributes: Record<string, string> = {};
  if (type !== undefined) attributes[EXCEPTION_TYPE] = type;
  if (message !== undefined) attributes[EXCEPTION_MESSAGE] = message;
  if (stack !== undefined) attributes[EXCEPTION_STACKTRACE] = stack;
  return attributes;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
