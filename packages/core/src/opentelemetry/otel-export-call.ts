import { messageOf } from '../errors.ts';
import { ExportError } from '../export/exporter.ts';
import { isThenable } from '../settle.ts';
import { SUPPRESS_TRACING } from '../spans/tracer.ts';
import { GlobalContexts } from './context.ts';
import { EXPORT_SUCCESS, type OtelResultCallback } from './otel-exporter-shapes.ts';

/** HTTP's answers, and gRPC's INVALID_ARGUMENT, to what can never be taken as it is; OTLP's exporters have them in `error.code`. */
const PAYLOAD_AT_FAULT: readonly unknown[] = [400, 413, 422, 3];

/**
 * Makes one call of an exporter written for the SDK, and resolves when it calls back with success. Rejects for a failure, a throw, and when
 * `signal` fires before the answer: then nobody knows what became of it. Later answers change nothing.
 */
export function otelExportCall(
  send: (done: OtelResultCallback) => unknown,
  signal: AbortSignal,
  whenUnknown: 'again' | 'give-up',
): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cut = (): void =>
    reject(
      new ExportError(`the exporter did not call back: ${messageOf(signal.reason)}`, {
        outcomeUnknown: true,
        retryable: whenUnknown === 'again',
      }),
    );
  signal.addEventListener('abort', cut, { once: true });
  const done: OtelResultCallback = (result) => {
    if (result?.code === EXPORT_SUCCESS) resolve();
    else reject(failureOf(result?.error));
  };
  try {
    // By the API's context manager, too: where an SDK runs beside us, its instrumentations must not observe the export.
    const contexts = new GlobalContexts();
    const returned = contexts.with(contexts.active().setValue(SUPPRESS_TRACING, true), () => send(done));
    // An `async export` that fails does not call back.
    if (isThenable(returned)) returned.then(undefined, (error: unknown) => reject(failureOf(error)));
  } catch (error) {
    reject(failureOf(error));
  }
  return promise.finally(() => signal.removeEventListener('abort', cut));
}

function failureOf(error: unknown): ExportError {
  const message = error === undefined ? 'the exporter failed and gave no reason' : messageOf(error);
  const code = (error as { readonly code?: unknown } | undefined | null)?.code;
  return new ExportError(message, { cause: error, divisible: PAYLOAD_AT_FAULT.includes(code) });
}
