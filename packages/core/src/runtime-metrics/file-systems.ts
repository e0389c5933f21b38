import { procFile } from './proc-file.ts';

/** How full a file system is; sizes in bytes. */
export interface FileSystem {
  readonly device: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly mode: 'rw' | 'ro' | undefined;
  readonly used: number;
  /** For everyone. */
  readonly free: number;
  /** For root alone. */
  readonly reserved: number;
}

/** Where a file system is. */
export type Mount = Pick<FileSystem, 'device' | 'mountpoint' | 'type' | 'mode'>;

/** The first so many, those nearest to the root. */
const MAX_FILE_SYSTEMS = 20;
/** On no block device of their own, and yet where data is: the root of containers and of virtual machines, pools of disks. */
const REAL_WITHOUT_DEVICE = ['btrfs', 'zfs', 'bcachefs', 'overlay', '9p', 'virtiofs'];
/** Full by design. */
const IMAGES = ['squashfs', 'iso9660', 'erofs', 'cramfs', 'udf'];
/** Single files that containers have mounted over their own. */
const FILES = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/** Those of `/proc/self/mountinfo` that are real: on this machine's disks, each once. Never network file systems, which can hang. */
export function mountsOf(lines: readonly string[]): Mount[] {
  const byDevice = new Map<string, Mount>();
  const mounts = lines
    .map(mountOf)
    .filter((mount) => mount !== undefined)
    .sort((a, b) => a.mountpoint.length - b.mountpoint.length);
  for (const { isReal, ...mount } of mounts) {
    const key = mount.device.startsWith('/') ? mount.device : `${mount.device} ${mount.mountpoint}`;
    if (isReal && !byDevice.has(key) && byDevice.size < MAX_FILE_SYSTEMS) byDevice.set(key, mount);
  }
  return [...byDevice.values()];
}

/** How full they are. One that does not answer is left out. */
export class FileSystems {
  private text = '';
  private mounts: readonly Mount[] = [];

  async read(): Promise<FileSystem[]> {
    const text = procFile('/proc/self/mountinfo');
    // There may be thousands, and they seldom change.
    if (text !== this.text) this.mounts = mountsOf(text.split('\n'));
    this.text = text;
    const found = await Promise.all(this.mounts.map((mount) => usageOf(mount).catch(() => undefined)));
    return found.filter((one) => one !== undefined);
  }
}

async function usageOf(mount: Mount): Promise<FileSystem | undefined> {
  const { statfs } = process.getBuiltinModule('node:fs/promises');
  const { bsize, blocks, bfree, bavail } = await statfs(mount.mountpoint);
  if (blocks === 0) return undefined;
  return { ...mount, used: (blocks - bfree) * bsize, free: bavail * bsize, reserved: (bfree - bavail) * bsize };
}

/** A line has any number of optional fields before the dash: https://www.kernel.org/doc/html/latest/filesystems/proc.html, 3.5. */
function mountOf(line: string): (Mount & { readonly isReal: boolean }) | undefined {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [, , numbers = '', , mountpoint = '', options = ''] = fields;
  const [type = '', device = ''] = fields.slice(dash + 1);
  if (dash === -1 || FILES.includes(mountpoint)) return undefined;
  const isReal = !IMAGES.includes(type) && (!numbers.startsWith('0:') || REAL_WITHOUT_DEVICE.includes(type));
  const mode = options.split(',').find((option): option is 'rw' | 'ro' => option === 'rw' || option === 'ro');
  return { device: unescaped(device), mountpoint: unescaped(mountpoint), type, mode, isReal };
}

/** Blanks in paths are written as `\040`. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
