import { messageOf, TelemetryError } from '@telltale/core';

/**
 * Loads a library that users install themselves because it is heavy or optional: `loadPeer('@aws-sdk/client-xray', 'xray()', () => import('@aws-sdk/client-xray'))`.
 * Rejects with an `ERR_EXPORTER` that names the command when it is missing.
 */
export async function loadPeer<T>(library: string, wantedBy: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    const missing =
      (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && messageOf(error).includes(library);
    throw new TelemetryError(
      'ERR_EXPORTER',
      missing
        ? `${wantedBy} needs ${library}, which is not installed; run \`npm install ${library}\`.`
        : `${wantedBy} could not load ${library}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
