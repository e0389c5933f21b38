import { randomUUID } from 'node:crypto';

/**
 * Says whether this process is the one that looks at a queue for so many seconds. Whoever holds the lease and asks again gets it again,
 * and when it is not asked for any more, someone else gets it. With 0 seconds it is given up. What it throws counts as a look that failed.
 */
export type SampleLease = (queue: string, seconds: number) => boolean | Promise<boolean>;

/** As much of an ioredis client as a lease needs. */
export interface LeaseRedis {
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>;
}

/** As much of a client or pool of `pg` as a lease needs. */
export interface LeasePostgres {
  query(text: string, values?: unknown[]): Promise<{ readonly rowCount?: number | null }>;
}

/** Runs the script below for a key. */
type RunLease = (key: string, holder: string, milliseconds: number) => Promise<unknown>;

const PREFIX = 'telltale:sampler:';

export const LEASE_SCRIPT = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
elseif holder then redis.call('DEL', KEYS[1]) end
return 1`;

/** A lease in a Redis: one key `telltale:sampler:<queue>` per queue, which goes by itself. BullMQ's keys are not touched. */
export function redisLease(redis: LeaseRedis): SampleLease {
  return scriptLease((key, holder, milliseconds) => redis.eval(LEASE_SCRIPT, 1, key, holder, milliseconds));
}

/** The same for clients that run scripts in another way. */
export function scriptLease(run: RunLease): SampleLease {
  const holder = randomUUID();
  return async (queue, seconds) => (await run(PREFIX + queue, holder, Math.ceil(seconds * 1000))) === 1;
}

const CREATE = `create table if not exists telltale_sampler (queue text primary key, holder text not null, until timestamptz not null)`;

// What is given up ends before all time: the clock may show the same moment to whoever asks next.
const TAKE_OR_KEEP_ROW = `
insert into telltale_sampler as lease (queue, holder, until)
values ($1, $2, case when $3::float8 > 0 then clock_timestamp() + make_interval(secs => $3::float8) else '-infinity' end)
on conflict (queue) do update set holder = excluded.holder, until = excluded.until
where lease.holder = excluded.holder or lease.until < clock_timestamp()`;

/** What Postgres says where two processes make a table at the same time: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const MADE_BY_ANOTHER = ['23505', '42P07'];

/**
 * A lease in a Postgres: one row per queue in a table `telltale_sampler`, which is made when it is missing, unless `create` is false. BullMQ's
 * tables are not touched.
 */
export function postgresLease(
  postgres: LeasePostgres,
  { create = true }: { readonly create?: boolean } = {},
): SampleLease {
  const holder = randomUUID();
  let ready: Promise<unknown> | undefined;
  return async (queue, seconds) => {
    if (create) {
      ready ??= postgres.query(CREATE).catch((error) => {
        if (MADE_BY_ANOTHER.includes(error?.code)) return;
        ready = undefined; // again with the next look
        throw error;
      });
      await ready;
    }
    const { rowCount } = await postgres.query(TAKE_OR_KEEP_ROW, [queue, holder, seconds]);
    return rowCount === 1;
  };
}
