import { once } from 'node:events';
import { Worker as Thread } from 'node:worker_threads';

/** A Postgres on a thread of this process. */
export interface PostgresThread {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startPostgresThread(): Promise<PostgresThread> {
  const thread = new Thread(new URL('./embedded-postgres.ts', import.meta.url));
  const [address] = (await once(thread, 'message')) as [string];
  return {
    address,
    stop: async () => {
      thread.postMessage('stop');
      await once(thread, 'exit');
    },
  };
}
