import type { FinishedSpan } from '@telltale/core';
import { annotationsOf } from './annotations.ts';
import { exceptionsOf } from './exceptions.ts';
import { httpBlock } from './http-block.ts';
import { derivedId, traceIdOf } from './ids.ts';
import { MAX_TEXT, MAX_USER } from './limits.ts';
import { metadataOf } from './metadata.ts';
import { cut, documentName } from './names.ts';
import type { SegmentDocument } from './segment-document.ts';
import { awsOfCall, isAwsCall, serviceFields } from './service-block.ts';
import { CLIENT, CONSUMER, PRODUCER, SERVER } from './span-kinds.ts';
import { SpanValues } from './span-values.ts';

/** What the makers of documents are told besides the span. */
export interface DocumentSettings {
  readonly annotations: readonly string[];
  readonly origin: string | undefined;
}

/**
 * The documents of a span. What a service is asked to do, and what has no parent in it, is a segment of that service; what it does on the way is a
 * subsegment, sent by itself. A call without a parent is both: a segment of the service that makes it, and a subsegment with a derived id.
 */
export function documentsOf(span: FinishedSpan, settings: DocumentSettings): readonly SegmentDocument[] {
  const served = span.kind === SERVER || span.kind === CONSUMER;
  const calls = span.kind === CLIENT || span.kind === PRODUCER;
  if (served) return [segment(span, settings)];
  if (span.parentSpanId !== undefined && !span.parentIsRemote) return [subsegment(span, settings, span.parentSpanId)];
  if (!calls) return [segment(span, settings)];
  return [segment({ ...span, attributes: {}, events: [], links: [] }, settings), callOf(span, settings)];
}

function segment(span: FinishedSpan, settings: DocumentSettings): SegmentDocument {
  const { resource, parentSpanId } = span;
  const values = new SpanValues(span);
  const http = httpBlock(values, true);
  const user = values.text('enduser.id', 'user.id');
  const { name, service, aws, ...known } = serviceFields(resource);
  const origin = settings.origin ?? known.origin;
  return {
    name,
    ...identity(span),
    ...(parentSpanId !== undefined && { parent_id: parentSpanId }),
    ...(origin !== undefined && { origin }),
    ...(user !== undefined && { user: cut(user, MAX_USER) }),
    ...(service !== undefined && { service }),
    ...(http !== undefined && { http }),
    ...(aws !== undefined && { aws }),
    ...rest(span, settings, values, { segment: true, status: http?.response?.status, remote: false }),
  };
}

/** The call itself, with an id of its own; `metadata.span.id` is that of the span. */
function callOf(span: FinishedSpan, settings: DocumentSettings): SegmentDocument {
  const call = subsegment({ ...span, spanId: derivedId(span.spanId, 'call') }, settings, span.spanId);
  const { span: about, ...metadata } = call.metadata as { readonly span: object };
  return { ...call, metadata: { span: { id: span.spanId, ...about }, ...metadata } };
}

function subsegment(span: FinishedSpan, settings: DocumentSettings, parentId: string): SegmentDocument {
  const values = new SpanValues(span);
  const calls = span.kind === CLIENT || span.kind === PRODUCER;
  const http = calls ? httpBlock(values, false) : undefined;
  const aws = isAwsCall(span);
  const sql = sqlBlock(values);
  return {
    name: documentName(calls ? peerOf(values, span.name) : span.name),
    ...identity(span),
    parent_id: parentId,
    type: 'subsegment',
    ...(calls && { namespace: aws ? 'aws' : 'remote' }),
    ...(http !== undefined && { http }),
    ...(sql !== undefined && { sql }),
    ...(aws && { aws: awsOfCall(values) }),
    ...rest(span, settings, values, { segment: false, status: http?.response?.status, remote: calls }),
  };
}

function identity(span: FinishedSpan): Pick<SegmentDocument, 'id' | 'trace_id' | 'start_time' | 'end_time'> {
  return {
    id: span.spanId,
    trace_id: traceIdOf(span.traceId),
    start_time: span.startTime,
    // X-Ray refuses what ended before it began.
    end_time: Math.max(span.endTime, span.startTime),
  };
}

interface RestOf {
  readonly segment: boolean;
  readonly status: number | undefined;
  readonly remote: boolean;
}

/** What segments and subsegments have alike. */
function rest(
  span: FinishedSpan,
  settings: DocumentSettings,
  values: SpanValues,
  { segment: ofService, status, remote }: RestOf,
): Partial<SegmentDocument> {
  const exceptions = exceptionsOf(span, remote);
  const { annotations, whole } = annotationsOf(span, settings.annotations);
  for (const key of whole) values.used.add(key);
  return {
    ...failure(span, status),
    ...(exceptions.length > 0 && { cause: { exceptions } }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    metadata: metadataOf(span, values.used, ofService),
    ...(span.links.length > 0 && {
      links: span.links.map(({ context, attributes }) => ({
        trace_id: traceIdOf(context.traceId),
        id: context.spanId,
        ...(attributes !== undefined && { attributes }),
      })),
    }),
  };
}

/** X-Ray tells whose fault it was: a status of 400 to 499 is the caller's error, one from 500 the service's fault; so is what failed otherwise. */
function failure(
  { status: spanStatus }: FinishedSpan,
  status: number | undefined,
): Pick<SegmentDocument, 'error' | 'throttle' | 'fault'> {
  if (status !== undefined && status >= 500) return { fault: true };
  if (status === 429) return { error: true, throttle: true };
  if (status !== undefined && status >= 400) return { error: true };
  return spanStatus === 'error' ? { fault: true } : {};
}

/** Who was called, by a name that stands for all calls of it: X-Ray draws a node for each. */
function peerOf(values: SpanValues, name: string): string {
  const named = values.peek(
    'service.peer.name',
    'peer.service',
    'boundary.to',
    'rpc.service',
    'messaging.destination.name',
  );
  if (named !== undefined) return named;
  const host = values.peek('server.address', 'net.peer.name', 'http.host');
  const database = values.peek('db.namespace', 'db.name', 'db.system.name', 'db.system');
  if (database !== undefined) return host === undefined ? database : `${database}@${host}`;
  return host ?? name;
}

function sqlBlock(values: SpanValues): Readonly<Record<string, string>> | undefined {
  const system = values.peek('db.system.name', 'db.system');
  if (system === undefined) return undefined;
  const query = values.text('db.query.text', 'db.statement');
  const user = values.text('db.user');
  return {
    database_type: cut(system, MAX_TEXT),
    ...(query !== undefined && { sanitized_query: cut(query, 4 * MAX_TEXT) }),
    ...(user !== undefined && { user: cut(user, MAX_TEXT) }),
  };
}
