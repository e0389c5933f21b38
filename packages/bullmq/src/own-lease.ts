import { messageOf, type Telemetry } from '@telltale/core';
import {
  LEASE_SCRIPT,
  type LeaseRedis,
  postgresLease,
  redisLease,
  type SampleLease,
  scriptLease,
} from './sample-lease.ts';
import type { SampledQueue } from './sampled-queue.ts';

/** What BullMQ 6 has for all Redis clients that it takes. */
interface ScriptClient {
  defineCommand(name: string, definition: { readonly numberOfKeys: number; readonly lua: string }): void;
  runCommand(name: string, args: readonly (string | number)[]): Promise<unknown>;
}

const COMMAND = 'telltaleSampler';

/**
 * The lease of a queue's sampling in the queue's own store, over the connection that the queue object shows. Where the store refuses it, for lack
 * of rights or of a table, each process looks, and it is told once. `undefined` for a store that is not known.
 */
export function ownLease(queue: SampledQueue, telemetry: Telemetry): SampleLease | undefined {
  const connection = queue.backend?.connection;
  if (connection === undefined && !('client' in queue)) return undefined;
  let lease: SampleLease | undefined;
  let isRefused = false;
  return async (name, seconds) => {
    if (isRefused) return true;
    try {
      lease ??=
        connection?.pool === undefined
          ? leaseOf(await (queue.client ?? connection?.client))
          : postgresLease(connection.pool, { create: mayCreate(queue) });
      return await lease(name, seconds);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      isRefused = true;
      telemetry.problem(
        'queue sampling lease',
        () =>
          `Which process looks at the queue "${queue.name}" cannot be settled in its store (${messageOf(error)}), so each looks. ` +
          'Grant the rights (see the README of @telltale/bullmq), or set sample.lease. This is told once, for all queues.',
      );
      return true;
    }
  };
}

function leaseOf(client: unknown): SampleLease {
  const scripts = client as ScriptClient & LeaseRedis;
  if (typeof scripts.runCommand !== 'function') return redisLease(scripts);
  scripts.defineCommand(COMMAND, { numberOfKeys: 1, lua: LEASE_SCRIPT });
  return scriptLease((...args) => scripts.runCommand(COMMAND, args));
}

/** Whether BullMQ itself may make tables over this connection. */
function mayCreate({ opts }: SampledQueue): boolean {
  return (opts?.connection as { readonly migrate?: unknown } | undefined)?.migrate === true;
}

/** No rights, or no table: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ and class 42 of Postgres. */
function isRefusal(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return (
    (typeof code === 'string' && /^42|^25006/.test(code)) || (typeof message === 'string' && message.includes('NOPERM'))
  );
}
