import { procFile } from './proc-file.ts';

/** What went to and from a disk since the machine started. */
export interface Disk {
  /** `undefined` for all together. */
  readonly device: string | undefined;
  readonly read: DiskWork;
  readonly write: DiskWork;
  /** Seconds in which it did anything. */
  readonly busy: number | undefined;
}

interface DiskWork {
  readonly bytes: number | undefined;
  readonly operations: number | undefined;
}

/** The first so many, as the kernel lists them. */
const MAX_DISKS = 20;
/** Files and memory that pass for disks. */
const NO_DISKS = /^(loop|ram|zram|sr|fd)\d/;
/** Of `/proc/diskstats`, whatever those of the disk are. */
const SECTOR_BYTES = 512;

/** Whole disks that were used, from the lines of `/proc/diskstats`; `whole` tells them from partitions. */
export function disksOf(lines: readonly string[], whole: (name: string) => boolean): Disk[] {
  const disks: Disk[] = [];
  for (const line of lines) {
    const [, , device = '', ...numbers] = line.trim().split(/\s+/);
    // Fields as numbered in https://www.kernel.org/doc/Documentation/ABI/testing/procfs-diskstats
    const field = (number: number): number => Number(numbers[number - 4]);
    const used = field(4) + field(8) > 0;
    if (!used || NO_DISKS.test(device) || !whole(device) || disks.length >= MAX_DISKS) continue;
    disks.push({
      device,
      read: { operations: field(4), bytes: field(6) * SECTOR_BYTES },
      write: { operations: field(8), bytes: field(10) * SECTOR_BYTES },
      busy: field(13) / 1000,
    });
  }
  return disks;
}

/** The disks of this machine. */
export function disks(): Disk[] {
  const names = blockDevices();
  return disksOf(procFile('/proc/diskstats').split('\n'), (name) => names === undefined || names.has(name));
}

/** Devices have a folder there, partitions one inside of that. A `/` in a name is a `!`. */
function blockDevices(): Set<string> | undefined {
  try {
    return new Set(
      process
        .getBuiltinModule('node:fs')
        .readdirSync('/sys/block')
        .map((name) => name.replaceAll('!', '/')),
    );
  } catch {
    return undefined;
  }
}
