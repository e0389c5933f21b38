import type { SeriesAttributes } from '@telltale/core';
import { CallLive } from './call-rows.ts';
import { attributeOf, type Bindings, type Place } from './place.ts';
import { nameOf } from './row-table.ts';
import { TrackedValue } from './tracked-numbers.ts';
import { TrackedTraffic, type TrafficTarget } from './tracked-traffic.ts';

const SCHEMES_PORTS = new Set(['80', '443']);

/** Calls of Telltale's boundaries, and what OpenTelemetry's conventions have of clients: there, the other end is its address. */
export function callBindings({ slots, forms, tables, service }: Place): Bindings {
  const arrow = (attributes: SeriesAttributes, to: string | undefined, protocol: string | undefined): CallLive => {
    const names = {
      from: nameOf(attributeOf(attributes, 'boundary.from'), service.name),
      to: nameOf(to, '(unknown)'),
      protocol: nameOf(protocol, ''),
    };
    return tables.calls.get(
      [names.from, names.to, names.protocol],
      (id) => new CallLive(id, names, slots, tables.calls.hasRoom),
    );
  };
  const boundary = (attributes: SeriesAttributes): CallLive =>
    arrow(attributes, attributeOf(attributes, 'boundary.to'), attributeOf(attributes, 'boundary.protocol'));
  const client = (attributes: SeriesAttributes, protocol: string): CallLive =>
    arrow(attributes, addressOf(attributes), protocol);
  const durations = (
    row: (attributes: SeriesAttributes) => CallLive,
    operation: (attributes: SeriesAttributes) => string | undefined,
  ) => {
    const describe = (attributes: SeriesAttributes): TrafficTarget => {
      const call = row(attributes);
      const one = call.operation(nameOf(operation(attributes), '(unknown)'));
      return {
        traffics: [call.traffic, service.calls, ...(one === undefined ? [] : [one])],
        failed: attributes['error.type'] !== undefined || isStatusFailed(attributes),
      };
    };
    return () => new TrackedTraffic(forms, describe);
  };
  const method = (attributes: SeriesAttributes): string =>
    ['http.request.method', 'http.method', 'url.template']
      .map((key) => attributes[key])
      .filter((part) => part !== undefined)
      .join(' ');
  const http = durations((attributes) => client(attributes, 'http'), method);
  const rpc = durations(
    (attributes) => client(attributes, attributeOf(attributes, 'rpc.system.name', 'rpc.system') ?? 'rpc'),
    (attributes) => [attributes['rpc.service'], attributes['rpc.method']].filter(Boolean).join('/'),
  );
  return {
    'boundary.call.duration': durations(boundary, (attributes) => attributeOf(attributes, 'boundary.operation')),
    'boundary.active_calls': () => new TrackedValue((attributes) => boundary(attributes).active.set),
    'http.client.request.duration': http,
    'http.client.duration': http,
    'rpc.client.call.duration': rpc,
    'rpc.client.duration': rpc,
    'db.client.operation.duration': durations(
      (attributes) => client(attributes, attributeOf(attributes, 'db.system.name', 'db.system') ?? 'db'),
      (attributes) => attributeOf(attributes, 'db.operation.name', 'db.operation'),
    ),
  };
}

/** Whom a client calls: by address, and port where it is not the usual one; of a database that says neither, what it is. */
function addressOf(attributes: SeriesAttributes): string | undefined {
  const address = attributeOf(attributes, 'server.address', 'net.peer.name');
  const port = attributeOf(attributes, 'server.port', 'net.peer.port');
  if (address === undefined) return attributeOf(attributes, 'db.namespace', 'db.system.name', 'db.system');
  return port === undefined || SCHEMES_PORTS.has(port) ? address : `${address}:${port}`;
}

/** Before 2024, clients said no `error.type`. */
function isStatusFailed(attributes: SeriesAttributes): boolean {
  return Number(attributeOf(attributes, 'http.response.status_code', 'http.status_code') ?? 0) >= 400;
}
