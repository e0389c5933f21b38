import { describe, expect, it } from 'vitest';
import { disksOf } from './disks.ts';
import { mountsOf } from './file-systems.ts';
import { interfacesOf } from './network-interfaces.ts';
import { OwnTotals } from './own-totals.ts';
import { checkRuntimeOptions } from './runtime-options.ts';
import { systemInformation } from './system-information.ts';

describe('file systems', () => {
  it('are those on disks, each once, by the mount nearest to the root', () => {
    const lines = [
      '24 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw',
      '25 24 259:2 /var/data /srv/data rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw',
      '26 24 259:1 / /boot/efi ro,relatime - vfat /dev/nvme0n1p1 rw',
      '27 24 0:22 / /proc rw - proc proc rw',
      '28 24 0:23 / /tmp rw - tmpfs tmpfs rw,size=1k',
      '29 24 7:1 / /snap/core ro - squashfs /dev/loop1 ro',
      '30 24 0:45 / /mnt/far rw - nfs4 server:/share rw',
      '31 24 0:46 / /mnt/pool rw master:2 propagate_from:1 - zfs pool/data rw',
      '32 24 8:1 / /mnt/with\\040blank rw - xfs /dev/sdb1 rw',
      'nonsense',
      '',
    ];
    expect(mountsOf(lines)).toEqual([
      { device: '/dev/nvme0n1p2', mountpoint: '/', type: 'ext4', mode: 'rw' },
      { device: '/dev/nvme0n1p1', mountpoint: '/boot/efi', type: 'vfat', mode: 'ro' },
      { device: 'pool/data', mountpoint: '/mnt/pool', type: 'zfs', mode: 'rw' },
      { device: '/dev/sdb1', mountpoint: '/mnt/with blank', type: 'xfs', mode: 'rw' },
    ]);
  });

  it('are in a container its root and its volumes, not the files mounted into it', () => {
    const lines = [
      '700 600 0:331 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w',
      '701 700 259:1 /c/hosts /etc/hosts rw - ext4 /dev/root rw',
      '702 700 259:1 /c/resolv.conf /etc/resolv.conf rw - ext4 /dev/root rw',
      '703 700 259:9 / /data rw - ext4 /dev/xvdba rw',
    ];
    expect(mountsOf(lines).map(({ mountpoint }) => mountpoint)).toEqual(['/', '/data']);
  });

  it('are 20 at most', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `${i} 1 8:${i} / /m${i} rw - ext4 /dev/d${i} rw`);
    expect(mountsOf(lines)).toHaveLength(20);
  });
});

describe('disks', () => {
  it('are whole ones that were used', () => {
    const lines = [
      '   7       0 loop0 9 0 9 9 9 0 9 9 0 9 9',
      ' 259       0 nvme0n1 1000 5 80000 700 2000 6 160000 900 0 4321 1600 0 0 0 0 0 0',
      ' 259       1 nvme0n1p1 900 5 70000 700 2000 6 160000 900 0 4000 1600 0 0 0 0 0 0',
      '   8       0 sda 0 0 0 0 0 0 0 0 0 0 0',
      '',
    ];
    expect(disksOf(lines, (name) => name !== 'nvme0n1p1')).toEqual([
      {
        device: 'nvme0n1',
        read: { operations: 1000, bytes: 80_000 * 512 },
        write: { operations: 2000, bytes: 160_000 * 512 },
        busy: 4.321,
      },
    ]);
    const many = Array.from({ length: 500 }, (_, i) => `8 ${i} sd${i} 1 0 1 1 1 0 1 1 0 1 1`);
    expect(disksOf(many, () => true)).toHaveLength(20);
  });
});

describe('network interfaces', () => {
  it('are those that something went through, but for the ends of containers', () => {
    const lines = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo: 100 2 0 0 0 0 0 0 100 2 0 0 0 0 0 0',
      '  eth0:7153658927 259152 1 2 0 0 0 0 16677261 174242 3 4 0 0 0 0',
      '  eth1: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0',
      'vethab1: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0',
      'eth0:1: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0',
      '',
    ];
    expect(interfacesOf(lines).map(({ name }) => name)).toEqual(['lo', 'eth0', 'eth0:1']);
    expect(interfacesOf(lines)[1]).toEqual({
      name: 'eth0',
      receive: { bytes: 7_153_658_927, packets: 259_152, errors: 1, dropped: 2 },
      transmit: { bytes: 16_677_261, packets: 174_242, errors: 3, dropped: 4 },
    });
    const many = Array.from({ length: 500 }, (_, i) => ` eth${i}: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0`);
    expect(interfacesOf(many)).toHaveLength(20);
  });
});

describe('own totals', () => {
  it('count what comes while they look, also after a pause and a restart of what is counted', () => {
    const totals = new OwnTotals();
    const count = (value: number): number => {
      const counted = totals.count('c', value, { cpu: 0 });
      totals.resume();
      return counted;
    };
    expect([1000, 1010, 1015].map(count)).toEqual([0, 10, 15]);
    totals.pause();
    expect([2000, 2001].map(count)).toEqual([15, 16]);
    expect([3, 5].map(count)).toEqual([16, 18]);
    expect(totals.count('c', 7, { cpu: 1 })).toBe(0);
    expect(totals.count('c', 8, { cpu: 1 })).toBe(1);
  });
});

describe('defaults', () => {
  const parts = (isMainThread: boolean, platform: NodeJS.Platform, given: object = {}): string[] =>
    Object.entries(checkRuntimeOptions(given, () => ({ isMainThread, platform })) ?? {})
      .filter(([, value]) => value === true)
      .map(([part]) => part);

  it('leave what is the same for all threads to the main one, and what takes other programs to those who ask', () => {
    expect(parts(true, 'linux')).toEqual(['node', 'process', 'host', 'network', 'disk']);
    expect(parts(false, 'linux')).toEqual(['node']);
    expect(parts(false, 'linux', { process: true })).toEqual(['node', 'process']);
    expect(parts(true, 'darwin')).toEqual(['node', 'process', 'host']);
    expect(parts(true, 'win32', { disk: true })).toEqual(['node', 'process', 'host', 'disk']);
  });
});

describe('systemInformation', () => {
  it('knows file systems, disks and interfaces on systems without such files', async () => {
    const [systems, disks, interfaces] = await Promise.all([
      systemInformation.fileSystems(),
      systemInformation.disks(),
      systemInformation.interfaces(),
    ]);
    expect(systems.find(({ mountpoint }) => mountpoint === '/')).toMatchObject({
      used: expect.any(Number),
      free: expect.any(Number),
    });
    expect(disks).toMatchObject([{ device: undefined, read: {}, write: {} }]);
    expect(interfaces.every(({ receive }) => receive.bytes >= 0)).toBe(true);
  });
});
