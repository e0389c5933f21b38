import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { checkKeys, type Signal, type Spool, type SpoolHost, type SpoolLane, TelemetryError } from '@telltale/core';
import { Claim } from './claim.ts';
import { DiskLane } from './disk-lane.ts';
import { SizeLimit } from './size-limit.ts';

const MAX_BYTES = 100e6;
/** Less is of no use, and a mistake in the unit. */
const LEAST_BYTES = 65_536;

export interface DiskSpoolOptions {
  /** An absolute path; made if it is not there. Exporters, services and processes may have the same. It must outlive the process: in a container, a volume. */
  readonly directory: string;
  /** The most that this exporter keeps in this process, on disk: 100 MB unless given. Past it, the oldest goes, and is counted as dropped. */
  readonly maxBytes?: number;
}

/**
 * Keeps what an exporter has not delivered on disk, over outages and restarts; to be given to one exporter, as its option `spool`. Throws
 * `ERR_OPTION`. A directory that cannot be written shows when telemetry starts: the exporter then works without, and `onError` is told.
 */
export function diskSpool(options: DiskSpoolOptions): Spool {
  if (typeof options !== 'object' || options === null) {
    throw new TelemetryError(
      'ERR_OPTION',
      "diskSpool() takes an object of options: { directory: '/var/spool/telltale' }.",
    );
  }
  checkKeys('diskSpool', options, ['directory', 'maxBytes']);
  const { directory, maxBytes = MAX_BYTES } = options;
  if (typeof directory !== 'string' || !isAbsolute(directory)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"diskSpool.directory" is ${JSON.stringify(directory)}; give an absolute path, such as '/var/spool/telltale'.`,
    );
  }
  if (typeof maxBytes !== 'number' || !(maxBytes >= LEAST_BYTES)) {
    throw new TelemetryError(
      'ERR_OPTION',
      `"diskSpool.maxBytes" is ${String(maxBytes)}; give a number of bytes, ${LEAST_BYTES} or more, such as 100e6.`,
    );
  }
  return new DiskSpool(directory, maxBytes);
}

class DiskSpool implements Spool {
  private readonly directory: string;
  private readonly maxBytes: number;
  private host: SpoolHost | undefined;
  private claim: Promise<Claim> | undefined;
  private limit: SizeLimit | undefined;
  private readonly lanes: DiskLane[] = [];
  private ending: Promise<void> | undefined;

  constructor(directory: string, maxBytes: number) {
    this.directory = directory;
    this.maxBytes = maxBytes;
  }

  async open(host: SpoolHost, signal: Signal): Promise<SpoolLane> {
    this.host ??= host;
    if (this.ending !== undefined || this.host.exporter !== host.exporter) {
      throw new Error(`a spool is of one exporter only, and this one is of ${this.host.exporter}: make one for each`);
    }
    try {
      this.claim ??= Claim.make(join(this.directory, folderOf(host.service), folderOf(host.exporter)), host.clock);
      const claim = await this.claim;
      this.limit ??= new SizeLimit(this.maxBytes, () =>
        host.problem(
          `spool of ${host.exporter} is full`,
          `The spool of ${host.exporter} in ${this.directory} has its ${this.maxBytes} bytes: the oldest entries are dropped, and counted in health(). ` +
            'See why the backend takes nothing, or raise "maxBytes".',
        ),
      );
      const lane = await DiskLane.open(claim, this.limit, host, signal);
      this.lanes.push(lane);
      return lane;
    } catch (error) {
      throw new Error(`${this.directory} cannot be written: ${mendOf(error)}`, { cause: error });
    }
  }

  close(): Promise<void> {
    this.ending ??= this.end();
    return this.ending;
  }

  private async end(): Promise<void> {
    for (const lane of this.lanes) await lane.close();
    await this.claim?.then(
      (claim) => claim.release(),
      () => {},
    );
  }
}

/** A name of a folder for any text, and no two texts have the same. */
function folderOf(name: string): string {
  const clean = name.replace(/[^\w-]/g, '_').slice(0, 40);
  return clean === name ? clean : `${clean}.${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function mendOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${message}. Make it writable for the user that the service runs as (uid ${process.getuid?.() ?? 'of the service'})`;
    case 'EROFS':
      return `${message}. It is on a read-only file system: mount a volume there that can be written`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${message}. The disk is full: make space, or take another one`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${message}. A file is where the directory should be`;
    default:
      return message;
  }
}
