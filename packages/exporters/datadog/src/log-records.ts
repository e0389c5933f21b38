import type { OperationEvent, Resource } from '@telltale/core';
import type { Parcel } from '@telltale/exporter-kit';
import { datadogTag } from '@telltale/exporter-statsd';
import type { DatadogSettings } from './datadog-options.ts';
import { hostOf, resourceTags } from './series-payload.ts';

/** Operations as logs: one JSON object each, with Datadog's names for what it has names for, and the attributes of the operation under `attributes`. */
export function logRecords(
  events: readonly OperationEvent[],
  settings: Pick<DatadogSettings, 'host' | 'tags' | 'instanceTag'>,
): readonly Parcel<string>[] {
  const origins = new Map<Resource, Origin>();
  return events.map((event) => {
    const { resource } = event;
    const origin = origins.get(resource) ?? originOf(resource, settings);
    origins.set(resource, origin);
    return { payload: JSON.stringify(recordOf(event, origin)), items: [event] };
  });
}

/** What is the same for all events of a resource. */
interface Origin {
  readonly ddtags: string;
  readonly service: string;
  readonly hostname?: string;
}

function originOf(
  resource: Resource,
  { host, tags, instanceTag }: Pick<DatadogSettings, 'host' | 'tags' | 'instanceTag'>,
): Origin {
  // The service has a field of its own.
  const shared = [...tags, ...resourceTags(resource, instanceTag)].filter(([key]) => key !== 'service');
  const hostname = host ?? hostOf(resource);
  return {
    ddtags: shared.map(([key, value]) => datadogTag(key, value)).join(','),
    service: String(resource.attributes['service.name'] ?? 'unknown_service'),
    ...(hostname !== undefined && { hostname }),
  };
}

function recordOf(event: OperationEvent, origin: Origin): Readonly<Record<string, unknown>> {
  const { error, traceId, spanId, outcome } = event;
  return {
    timestamp: Math.round(event.time * 1000),
    status: statusOf(event),
    message: messageOf(event),
    ddsource: 'telltale',
    ...origin,
    operation: { kind: event.kind, name: event.name, moment: event.type, ...(outcome !== undefined && { outcome }) },
    // Datadog's attribute for durations is in nanoseconds.
    duration: Math.round(event.duration * 1e9),
    ...(error !== undefined && { error: { kind: error.type, message: error.message } }),
    ...(traceId !== undefined && { trace_id: traceId, span_id: spanId }),
    attributes: event.attributes,
  };
}

function messageOf({ name, type, outcome, duration, error }: OperationEvent): string {
  const head = `${name} ${outcome ?? type} ${type === 'end' ? 'in' : 'after'} ${Number(duration.toPrecision(3))} s`;
  return error === undefined ? head : `${head}: ${error.message === '' ? error.type : error.message}`;
}

function statusOf({ outcome, type }: OperationEvent): 'error' | 'warn' | 'info' {
  if (outcome === 'failed') return 'error';
  return outcome === 'aborted' || outcome === 'retried' || type === 'stuck' ? 'warn' : 'info';
}
