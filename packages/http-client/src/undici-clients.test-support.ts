import { Readable } from 'node:stream';
import * as undici8 from 'undici';
import * as undici5 from 'undici5';
import * as undici6 from 'undici6';
import * as undici7 from 'undici7';
import { onTestFinished } from 'vitest';
import { byFetch, type Client, type Fetch } from './clients.test-support.ts';

export type Undici = typeof undici8;
/** By major version. */
export const COPIES = {
  5: undici5 as unknown as Undici,
  6: undici6 as unknown as Undici,
  7: undici7 as unknown as Undici,
  8: undici8,
};

export const UNDICI_CLIENTS: readonly Client[] = [
  byFetch('fetch of undici 8', 8, () => undici8.fetch as unknown as Fetch),
  ...Object.entries(COPIES).map(([version, undici]) => byUndici(Number(version), undici)),
];

function byUndici(version: number, undici: typeof undici8): Client {
  return {
    name: `undici ${version}`,
    undici: version,
    holds: true,
    async ask(url, { method = 'GET', headers = {}, body, signal, headOnly = false } = {}) {
      const dispatcher = new undici.Agent();
      onTestFinished(() => void dispatcher.destroy().catch(() => {}));
      const response = await undici.request(url, {
        method: method as 'GET',
        headers: { ...headers },
        dispatcher,
        ...(body !== undefined && {
          body: typeof body === 'string' ? body : Readable.from(body.map((one) => Buffer.from(one))),
        }),
        ...(signal !== undefined && { signal }),
      });
      if (headOnly) response.body.on('error', () => {});
      return { status: response.statusCode, body: headOnly ? '' : await response.body.text() };
    },
  };
}
