import { type Context, isSpanContextValid, type Link, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import type { Telemetry } from '@telltale/core';
import type { RecordInfo } from './record-info.ts';
import { sampledXrayContext } from './x-ray-context.ts';

/** More links than this say nothing, and spans have a limit. */
const MAX_LINKS = 128;

/** The context that the sender of a record had: its own headers, else X-Ray's where sampled; `undefined` without any. */
export function senderOf(
  telemetry: Telemetry,
  { carrier, xray }: Pick<RecordInfo, 'carrier' | 'xray'>,
): Context | undefined {
  if (carrier !== undefined) {
    const context = telemetry.withContext(ROOT_CONTEXT, () => telemetry.extract(carrier));
    if (context !== ROOT_CONTEXT && trace.getSpanContext(context) !== undefined) return context;
  }
  return contextOf(sampledXrayContext(xray));
}

/** That of the invocation: what the runtime says, where X-Ray samples it. */
export function xrayOfInvocation(header: unknown): Context | undefined {
  return contextOf(sampledXrayContext(header));
}

export function linkTo(sender: Context | undefined): Link | undefined {
  const context = sender && trace.getSpanContext(sender);
  return context !== undefined && isSpanContextValid(context) ? { context } : undefined;
}

/** Each sender once. */
export function linksTo(senders: readonly (Context | undefined)[]): readonly Link[] {
  const links = new Map<string, Link>();
  for (const sender of senders) {
    const link = linkTo(sender);
    if (link !== undefined && links.size < MAX_LINKS) links.set(link.context.traceId + link.context.spanId, link);
  }
  return [...links.values()];
}

function contextOf(span: SpanContext | undefined): Context | undefined {
  return span && trace.setSpanContext(ROOT_CONTEXT, span);
}
