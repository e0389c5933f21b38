import { once } from 'node:events';
import { connect } from 'node:net';
import { type ConnectionOptions, createPostgresBackend, setDefaultBackendFactory, type WorkerOptions } from 'bullmq';
import { startPostgresThread } from './postgres-thread.ts';
import type { Settings } from './settings.ts';

/** Keeps the demo's jobs apart from others in the same Redis or Postgres. */
const NAMESPACE = 'telltale_demo';

/** Where the queues live. */
export interface QueueBackend {
  readonly description: string;
  /** For every `Queue` and `Worker`. */
  readonly options: { readonly connection: ConnectionOptions; readonly prefix: string };
  /** Besides, for every `Worker`. */
  readonly workerOptions: Pick<WorkerOptions, 'drainDelay'>;
  /** The address of the Postgres where they live, if they do in one. */
  readonly postgres?: string;
  /** Close every queue and worker before. */
  stop(): Promise<void>;
}

/** Redis where REDIS_URL names one, Postgres where DATABASE_URL does, else a Postgres within this process. */
export async function startQueueBackend({ redisUrl, databaseUrl }: Settings): Promise<QueueBackend> {
  if (redisUrl !== undefined) {
    await mustAnswer('REDIS_URL', redisUrl, 6379);
    // `null`: a worker waits for Redis for as long as it takes. BullMQ wants that said.
    const connection = { url: redisUrl, maxRetriesPerRequest: null };
    const description = `Redis at ${new URL(redisUrl).host}`;
    return { description, options: { connection, prefix: NAMESPACE }, workerOptions: {}, stop: async () => {} };
  }
  setDefaultBackendFactory(createPostgresBackend);
  if (databaseUrl !== undefined) {
    await mustAnswer('DATABASE_URL', databaseUrl, 5432);
    const options = postgresOptions({ connectionString: databaseUrl, schema: NAMESPACE });
    const description = `Postgres at ${new URL(databaseUrl).host}`;
    return { description, options, workerOptions: {}, postgres: databaseUrl, stop: async () => {} };
  }
  const postgres = await startPostgresThread();
  return {
    description: 'an embedded Postgres',
    options: postgresOptions({ connectionString: postgres.address }),
    // PGlite's socket tells nobody of NOTIFY but who caused it: a worker has to look for itself, and not only every 5 s.
    workerOptions: { drainDelay: 0.1 },
    postgres: postgres.address,
    stop: () => postgres.stop(),
  };
}

function postgresOptions(server: { readonly connectionString: string; readonly schema?: string }) {
  // BullMQ types connections for Redis, whatever the default backend is. Without `migrate` its worker retries on an empty database until
  // memory is full.
  return { connection: { ...server, migrate: true } as ConnectionOptions, prefix: NAMESPACE };
}

/** BullMQ waits for its server for ever. */
async function mustAnswer(variable: string, url: string, defaultPort: number): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port || defaultPort), hostname);
  try {
    await once(socket, 'connect');
  } catch (error) {
    const mend = 'Start it there, or leave the variable out: the demo then brings a Postgres of its own.';
    throw new Error(`${variable}: nobody answers at ${host}. ${mend}`, { cause: error });
  } finally {
    socket.destroy();
  }
}
