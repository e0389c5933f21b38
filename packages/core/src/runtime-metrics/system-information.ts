import type { Disk } from './disks.ts';
import type { FileSystem } from './file-systems.ts';
import type { MachineReader } from './machine-metrics.ts';
import type { NetworkInterface } from './network-interfaces.ts';

/** Seconds between two questions: each starts programs. */
const AGE = 60;

/** What `systeminformation` knows, which starts programs to know it: for systems that have no files to read. */
export const systemInformation: MachineReader = {
  age: AGE,
  async fileSystems(): Promise<FileSystem[]> {
    const { fsSize } = await load();
    const found = await fsSize();
    return found.map(({ fs, mount, type, rw, size, used, available }) => ({
      device: fs,
      mountpoint: mount,
      type,
      mode: rw === null ? undefined : rw ? 'rw' : 'ro',
      used,
      free: available,
      reserved: Math.max(0, size - used - available),
    }));
  },
  async disks(): Promise<Disk[]> {
    const { disksIO, fsStats } = await load();
    // Both are null where the system does not tell, whatever their types say.
    const [operations, bytes] = await Promise.all([
      disksIO() as Promise<Operations | null>,
      fsStats() as Promise<Bytes | null>,
    ]);
    return [
      {
        device: undefined,
        read: { bytes: bytes?.rx, operations: operations?.rIO },
        write: { bytes: bytes?.wx, operations: operations?.wIO },
        busy: undefined,
      },
    ];
  },
  async interfaces(): Promise<NetworkInterface[]> {
    const { networkStats } = await load();
    const found = await networkStats();
    return found.map((one) => ({
      name: one.iface,
      receive: { bytes: one.rx_bytes, packets: undefined, errors: one.rx_errors, dropped: one.rx_dropped },
      transmit: { bytes: one.tx_bytes, packets: undefined, errors: one.tx_errors, dropped: one.tx_dropped },
    }));
  },
};

interface Operations {
  readonly rIO: number;
  readonly wIO: number;
}

interface Bytes {
  readonly rx: number;
  readonly wx: number;
}

async function load(): Promise<typeof import('systeminformation')> {
  const loaded = await import('systeminformation');
  return loaded.default ?? loaded;
}
