import { resolve } from 'node:path';
import { messageOf, type Spool, TelemetryError } from '@telltale/core';
import type { LoadPackage } from '../integration.ts';
import type { ParsedExporterEntry } from './exporter-entry.ts';

const PACKAGE = '@telltale/disk-spool';

/** A spool by `@telltale/disk-spool`. Where that cannot be, one that does not open: the exporter then works without, and `onError` is told why. */
export function lazySpool(
  { directory, maxBytes }: NonNullable<ParsedExporterEntry['spool']>,
  folder: string,
  load: LoadPackage,
): Spool {
  try {
    const { diskSpool } = load(PACKAGE);
    if (typeof diskSpool !== 'function') {
      throw new TelemetryError(
        'ERR_EXPORTER',
        `${PACKAGE} has no diskSpool(); install the version of @telltale/config.`,
      );
    }
    return diskSpool({ directory: resolve(folder, directory), ...(maxBytes !== undefined && { maxBytes }) }) as Spool;
  } catch (error) {
    return { open: () => Promise.reject(new Error(messageOf(error), { cause: error })), close: async () => {} };
  }
}
