import type { SeriesAttributes } from '@telltale/core';
import { attributeOf, type Bindings, type Place } from './place.ts';
import { RouteLive } from './route-rows.ts';
import { nameOf } from './row-table.ts';
import { TrackedValue } from './tracked-numbers.ts';
import { TrackedTraffic, type TrafficTarget } from './tracked-traffic.ts';

/** As OpenTelemetry calls them now, and as it did before 2024, which many services still send. */
export function requestBindings(place: Place): Bindings {
  const { slots, forms, tables, service } = place;
  const target = (attributes: SeriesAttributes): TrafficTarget => {
    const method = nameOf(attributeOf(attributes, 'http.request.method', 'http.method'), '_OTHER');
    const route = nameOf(attributeOf(attributes, 'http.route'), '(no route)');
    return routed(method, route, attributeOf(attributes, 'http.response.status_code', 'http.status_code'), attributes);
  };
  const procedure = (attributes: SeriesAttributes): TrafficTarget => {
    const [of, name] = [attributeOf(attributes, 'rpc.service'), attributeOf(attributes, 'rpc.method')];
    return routed('RPC', nameOf([of, name].filter(Boolean).join('/'), '(no route)'), undefined, attributes);
  };
  const routed = (
    method: string,
    route: string,
    status: string | undefined,
    attributes: SeriesAttributes,
  ): TrafficTarget => {
    const names = { service: service.name, method, route };
    const row = tables.routes.get(
      [service.name, method, route],
      (id) => new RouteLive(id, names, slots, tables.routes.hasRoom),
    );
    const statusClass = classOf(status);
    return {
      traffics: [row.traffic, service.requests],
      failed: isFailed(status, attributeOf(attributes, 'error.type')),
      ...(statusClass !== undefined && { total: (count: number) => row.answered(statusClass, count) }),
    };
  };
  const durations = () => new TrackedTraffic(forms, target);
  const procedures = () => new TrackedTraffic(forms, procedure);
  const active = () => new TrackedValue(() => service.activeRequests.set);
  return {
    'http.server.request.duration': durations,
    'http.server.duration': durations,
    'rpc.server.call.duration': procedures,
    'rpc.server.duration': procedures,
    'http.server.active_requests': active,
  };
}

/** A client that hung up, or asked for what there is not, is no fault of the service. */
function isFailed(status: string | undefined, error: string | undefined): boolean {
  const code = Number(status ?? Number.NaN);
  if (code >= 500) return true;
  if (error === undefined || error === 'client_abort') return false;
  return !(code >= 400);
}

function classOf(status: string | undefined): string | undefined {
  const code = Number(status ?? Number.NaN);
  if (code === 499) return '499';
  return code >= 100 && code < 600 ? `${Math.floor(code / 100)}xx` : undefined;
}
