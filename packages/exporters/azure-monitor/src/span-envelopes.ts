import type { FinishedSpan, SpanEvent } from '@telltale/core';
import { DEPENDENCY_FIELDS, dependencyData } from './dependency-data.ts';
import { addResource, type Envelope, type EnvelopeSettings, envelopeOf } from './envelope.ts';
import { firstOf } from './http-span.ts';
import { MAX_MESSAGE, MAX_NAME, MAX_STACK } from './limits.ts';
import { addProperties, emptyProperties, type Properties } from './properties.ts';
import { operationName, REQUEST_FIELDS, requestData } from './request-data.ts';
import { cut } from './shortened.ts';
import { CONSUMER, SERVER } from './span-kinds.ts';

/** As many as a property can hold: a link is 76 bytes. */
const MAX_LINKS = 100;
const EXCEPTION_FIELDS: ReadonlySet<string> = new Set(['exception.type', 'exception.message', 'exception.stacktrace']);

/** The items of a span: first its request or dependency, then its exceptions and other events. */
export function spanEnvelopes(
  settings: EnvelopeSettings,
  span: FinishedSpan,
  resourceTags: Readonly<Record<string, string>>,
): readonly Envelope[] {
  const served = span.kind === SERVER || span.kind === CONSUMER;
  const sampleRate = sampleRateOf(span);
  const tags = spanTags(resourceTags, span, served);
  const properties = addProperties(linkProperties(span), span.attributes, served ? REQUEST_FIELDS : DEPENDENCY_FIELDS);
  addResource(properties, span.resource, settings);
  const baseData = { ...(served ? requestData(span) : dependencyData(span)), properties };
  const main = served
    ? envelopeOf(settings, 'RequestData', span.startTime, tags, baseData, sampleRate)
    : envelopeOf(settings, 'RemoteDependencyData', span.startTime, tags, baseData, sampleRate);
  if (span.events.length === 0) return [main];
  const eventTags = { ...tags, 'ai.operation.parentId': span.spanId };
  return [main, ...span.events.map((event) => spanEventEnvelope(settings, span, event, eventTags, sampleRate))];
}

function spanEventEnvelope(
  settings: EnvelopeSettings,
  span: FinishedSpan,
  { name, time, attributes }: SpanEvent,
  tags: Readonly<Record<string, string>>,
  sampleRate: number,
): Envelope {
  const exception = name === 'exception';
  const properties = addProperties(emptyProperties(), attributes, exception ? EXCEPTION_FIELDS : undefined);
  addResource(properties, span.resource, settings);
  if (!exception) {
    const message = name === '' ? 'event' : cut(name, MAX_MESSAGE);
    return envelopeOf(settings, 'MessageData', time, tags, { message, properties }, sampleRate);
  }
  const type = firstOf(attributes, 'exception.type') ?? 'Error';
  const stack = firstOf(attributes, 'exception.stacktrace');
  const details = {
    typeName: cut(type, MAX_NAME),
    message: cut(firstOf(attributes, 'exception.message') ?? type, MAX_MESSAGE),
    hasFullStack: stack !== undefined && cut(stack, MAX_STACK) === stack,
    ...(stack !== undefined && { stack: cut(stack, MAX_STACK) }),
  };
  return envelopeOf(settings, 'ExceptionData', time, tags, { exceptions: [details], properties }, sampleRate);
}

function spanTags(
  resourceTags: Readonly<Record<string, string>>,
  span: FinishedSpan,
  served: boolean,
): Readonly<Record<string, string>> {
  const { traceId, parentSpanId, attributes } = span;
  const tags: Record<string, string> = { ...resourceTags, 'ai.operation.id': traceId };
  const tag = (key: string, value: string | undefined): void => {
    if (value !== undefined) tags[key] = cut(value, MAX_NAME);
  };
  tag('ai.operation.parentId', parentSpanId);
  tag('ai.operation.name', served ? operationName(span) : undefined);
  tag('ai.location.ip', served ? firstOf(attributes, 'client.address', 'http.client_ip') : undefined);
  tag('ai.user.userAgent', firstOf(attributes, 'user_agent.original'));
  tag('ai.user.authUserId', firstOf(attributes, 'enduser.id'));
  tag('ai.user.id', firstOf(attributes, 'enduser.pseudo.id'));
  tag('ai.session.id', firstOf(attributes, 'session.id'));
  tag('ai.operation.syntheticSource', 'user_agent.synthetic.type' in attributes ? 'True' : undefined);
  return tags;
}

/** Links as the portal shows them; where there were more attributes, events or links than the limits allow, how many. */
function linkProperties({ links, dropped }: FinishedSpan): Properties {
  const properties = emptyProperties();
  if (links.length > 0) {
    const list = links.map(({ context }) => ({ operation_Id: context.traceId, id: context.spanId }));
    properties['_MS.links'] = JSON.stringify(list.slice(0, MAX_LINKS));
  }
  for (const [what, count] of Object.entries(dropped)) if (count > 0) properties[`dropped.${what}`] = String(count);
  return properties;
}

/** Percent of what this span stands for, where whoever sampled it said so. */
function sampleRateOf({ attributes }: FinishedSpan): number {
  const rate = Number(attributes['microsoft.sample_rate'] ?? 100);
  return rate > 0 && rate <= 100 ? rate : 100;
}
