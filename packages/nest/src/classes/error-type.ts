/** What is known of something thrown; core's rule for `error.type`: the code if it is a word, else the name, else the number. Never throws. */
export function errorTypeOf(error: unknown): string {
  try {
    if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return OTHER;
    const { code, name } = error as Readonly<Record<string, unknown>>;
    return wordOf(code) ?? wordOf(name) ?? (typeof code === 'number' ? String(code) : OTHER);
  } catch {
    return OTHER; // a getter that throws
  }
}

/** Whether Nest answers the exception as the client's fault: a refusal, not a failure of the service. Never throws. */
export function isRefusal(error: unknown): boolean {
  try {
    const status = (error as { getStatus?(): unknown } | null | undefined)?.getStatus?.();
    return typeof status === 'number' && status < 500;
  } catch {
    return false;
  }
}

/** OpenTelemetry's value for what has no type. */
const OTHER = '_OTHER';

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
