import type { SeriesAttributes } from '@telltale/core';
import { attributeOf, type Bindings, type Place } from './place.ts';
import { nameOf } from './row-table.ts';
import { RuntimeLive } from './runtime-rows.ts';
import { type Rate, TrackedRate, TrackedValue } from './tracked-numbers.ts';

const INSTANCE_LENGTH = 8;

/** The process and its machine: of Node as `runtime: true` names it, and what OpenTelemetry's conventions have of other languages. */
export function runtimeBindings({ slots, tables, service, resource }: Place): Bindings {
  const row = (attributes: SeriesAttributes): RuntimeLive => {
    const id = nameOf(resource.attributes['service.instance.id'] ?? resource.attributes['host.name'], '');
    // Where several processes are one telemetry, theirs are told apart so.
    const pid = attributeOf(attributes, 'process.pid');
    const thread = attributeOf(attributes, 'thread.id');
    const parts = [pid && `pid ${pid}`, thread && `thread ${thread}`].filter((part) => part !== undefined);
    const names = { service: service.name, instance: [id.slice(0, INSTANCE_LENGTH), ...parts].join(' ') };
    return tables.runtime.get([service.name, id, ...parts], (key) => new RuntimeLive(key, names, slots));
  };
  const gauge =
    (
      name: keyof RuntimeLive['gauges'],
      wanted: (attributes: SeriesAttributes) => boolean = () => true,
    ): (() => TrackedValue) =>
    () =>
      new TrackedValue((attributes) => (wanted(attributes) ? row(attributes).gauges[name].set : undefined));
  const rate = (choose: (rates: RuntimeLive['rates'], attributes: SeriesAttributes) => Rate | undefined) => () =>
    new TrackedRate((attributes) => choose(row(attributes).rates, attributes));
  const idle = (attributes: SeriesAttributes): boolean => stateOf(attributes) === 'idle';
  return {
    'nodejs.eventloop.delay.p50': gauge('eventLoopP50'),
    'nodejs.eventloop.delay.p99': gauge('eventLoopP99'),
    'nodejs.eventloop.utilization': gauge('eventLoopUtilization'),
    'v8js.memory.heap.used': gauge('heapUsed'),
    'jvm.memory.used': gauge('heapUsed', (attributes) => attributes['jvm.memory.type'] === 'heap'),
    'go.memory.used': gauge('heapUsed'),
    'dotnet.gc.last_collection.heap.size': gauge('heapUsed'),
    'v8js.gc.duration': rate(({ gc }) => gc),
    'jvm.gc.duration': rate(({ gc }) => gc),
    'dotnet.gc.pause.time': rate(({ gc }) => gc),
    'process.memory.usage': gauge('memory'),
    'process.cpu.utilization': gauge('cpu', (attributes) => stateOf(attributes) !== 'wait'),
    'jvm.cpu.recent_utilization': gauge('cpu'),
    'process.cpu.time': rate(({ cpuTime }) => cpuTime),
    'jvm.cpu.time': rate(({ cpuTime }) => cpuTime),
    'jvm.cpu.count': gauge('cpus'),
    'system.cpu.utilization': () =>
      new TrackedValue((attributes) => {
        if (!idle(attributes)) return undefined;
        const { gauges } = row(attributes);
        return (value) => {
          gauges.idle.set(value);
          gauges.idleCpus.set(1);
        };
      }),
    'system.cpu.time': rate((rates, attributes) => (idle(attributes) ? rates.idleTime : rates.busyTime)),
    'system.memory.utilization': gauge(
      'systemMemory',
      (attributes) => attributeOf(attributes, 'system.memory.state', 'state') === 'used',
    ),
    'system.network.io': rate((rates, attributes) => {
      // What a machine tells itself is not traffic of its network.
      if (attributeOf(attributes, 'network.interface.name', 'system.device', 'device') === 'lo') return undefined;
      return directionOf(attributes) === 'receive' ? rates.received : rates.sent;
    }),
    'system.disk.io': rate((rates, attributes) => (directionOf(attributes) === 'read' ? rates.read : rates.written)),
    'system.filesystem.utilization': () =>
      new TrackedValue(
        (attributes) => row(attributes).disk(nameOf(attributeOf(attributes, 'system.filesystem.mountpoint'), '/'))?.set,
      ),
  };
}

function stateOf(attributes: SeriesAttributes): string | undefined {
  return attributeOf(attributes, 'cpu.mode', 'system.cpu.state', 'process.cpu.state', 'state');
}

function directionOf(attributes: SeriesAttributes): string | undefined {
  return attributeOf(attributes, 'network.io.direction', 'disk.io.direction', 'direction');
}
