import { type ExportContext, ExportError, messageOf } from '@telltale/core';
import type { OtlpOptions } from './otlp-options.ts';

export type Headers = Readonly<Record<string, string>>;

/** The headers of the options, asked for anew if they are a function; names in lower case. */
export async function headersOf(
  maker: string,
  headers: OtlpOptions['headers'],
  context: ExportContext,
): Promise<Headers> {
  const given = typeof headers === 'function' ? await asked(`${maker}.headers`, headers, context) : (headers ?? {});
  return lowerCased(given);
}

/** What a function of the options gives, unless the time limit comes first. Its failure leaves the data where it is: a token may come later. */
export async function asked(
  option: string,
  ask: () => Promise<Headers>,
  { signal }: Pick<ExportContext, 'signal'>,
): Promise<Headers> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([ask(), stopped.promise]);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ExportError(`"${option}" failed (${messageOf(error)})`, { cause: error });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
