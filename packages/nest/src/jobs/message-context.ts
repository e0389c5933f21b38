import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Telemetry } from '@telltale/core';

/** The context of the headers that came with a message; without any, an empty one. Never what happens to be active where the message is received. */
export function contextOf(telemetry: Telemetry, headers?: Readonly<Record<string, unknown>>): Context {
  return headers === undefined ? ROOT_CONTEXT : telemetry.withContext(ROOT_CONTEXT, () => telemetry.extract(headers));
}
