import type { Attributes, BatchObservableResult, Meter, ObservableCounter, ObservableGauge } from '@opentelemetry/api';
import { type Disk, disks } from './disks.ts';
import { type FileSystem, FileSystems } from './file-systems.ts';
import { type NetworkInterface, networkInterfaces, type Traffic } from './network-interfaces.ts';

/** Where numbers of the machine come from. */
export interface MachineReader {
  /** Seconds for which what was read is good enough. */
  readonly age: number;
  fileSystems(): Promise<readonly FileSystem[]>;
  disks(): Promise<readonly Disk[]>;
  interfaces(): Promise<readonly NetworkInterface[]>;
}

/** The kernel's files, and `statfs`. Starts no programs. */
export function linuxFiles(): MachineReader {
  const fileSystems = new FileSystems();
  return {
    age: 1,
    fileSystems: () => fileSystems.read(),
    disks: async () => disks(),
    interfaces: async () => networkInterfaces(),
  };
}

/** `system.filesystem.*` and `system.disk.*`, as OpenTelemetry's semantic conventions have them. */
export function observeDisks(meter: Meter, reader: MachineReader): void {
  const usage = meter.createObservableUpDownCounter('system.filesystem.usage', {
    unit: 'By',
    description: 'Room on a file system, by what it is used for.',
  });
  const utilization = meter.createObservableGauge('system.filesystem.utilization', {
    unit: '1',
    description: 'Share of the room that everyone may use which is used.',
  });
  meter.addBatchObservableCallback(
    async (result) => {
      for (const one of await reader.fileSystems()) tellFileSystem(result, usage, utilization, one);
    },
    [usage, utilization],
  );
  const io = meter.createObservableCounter('system.disk.io', { unit: 'By', description: 'Bytes read and written.' });
  const operations = meter.createObservableCounter('system.disk.operations', {
    unit: '{operation}',
    description: 'Reads and writes that are done.',
  });
  const busy = meter.createObservableCounter('system.disk.io_time', {
    unit: 's',
    description: 'Time in which the disk did anything.',
  });
  meter.addBatchObservableCallback(
    async (result) => {
      for (const { device, read, write, busy: seconds } of await reader.disks()) {
        const on: Attributes = device === undefined ? {} : { 'system.device': device };
        for (const [direction, work] of [
          ['read', read],
          ['write', write],
        ] as const) {
          const attributes = { ...on, 'disk.io.direction': direction };
          tell(result, io, work.bytes, attributes);
          tell(result, operations, work.operations, attributes);
        }
        tell(result, busy, seconds, on);
      }
    },
    [io, operations, busy],
  );
}

/** `system.network.*`, as OpenTelemetry's semantic conventions have them. */
export function observeNetwork(meter: Meter, reader: MachineReader): void {
  const counters: Readonly<Record<keyof Traffic, ObservableCounter>> = {
    bytes: meter.createObservableCounter('system.network.io', { unit: 'By', description: 'Bytes received and sent.' }),
    packets: meter.createObservableCounter('system.network.packet.count', {
      unit: '{packet}',
      description: 'Packets received and sent.',
    }),
    errors: meter.createObservableCounter('system.network.errors', {
      unit: '{error}',
      description: 'Packets that could not be received or sent.',
    }),
    dropped: meter.createObservableCounter('system.network.packet.dropped', {
      unit: '{packet}',
      description: 'Packets that were dropped although nothing was wrong with them.',
    }),
  };
  meter.addBatchObservableCallback(async (result) => {
    for (const { name, receive, transmit } of await reader.interfaces()) {
      for (const [direction, traffic] of [
        ['receive', receive],
        ['transmit', transmit],
      ] as const) {
        const attributes = { 'network.interface.name': name, 'network.io.direction': direction };
        for (const [what, counter] of Object.entries(counters)) {
          tell(result, counter, traffic[what as keyof Traffic], attributes);
        }
      }
    }
  }, Object.values(counters));
}

function tellFileSystem(
  result: BatchObservableResult,
  usage: ObservableCounter,
  utilization: ObservableGauge,
  { device, mountpoint, type, mode, used, free, reserved }: FileSystem,
): void {
  const attributes: Attributes = {
    'system.device': device,
    'system.filesystem.mountpoint': mountpoint,
    'system.filesystem.type': type,
    ...(mode !== undefined && { 'system.filesystem.mode': mode }),
  };
  for (const [state, bytes] of Object.entries({ used, free, reserved })) {
    result.observe(usage, bytes, { ...attributes, 'system.filesystem.state': state });
  }
  if (used + free > 0) result.observe(utilization, used / (used + free), attributes);
}

/** What is not known has no series. */
function tell(
  result: BatchObservableResult,
  counter: ObservableCounter,
  value: number | undefined,
  attributes: Attributes,
): void {
  if (value !== undefined) result.observe(counter, value, attributes);
}
