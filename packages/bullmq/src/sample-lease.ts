import { randomUUID } from 'node:crypto';

/**
 * Says whether this process is the one that looks at a queue for so many seconds. Asked before each look: whoever holds the lease gets it again,
 * and when it is not asked for any more, someone else gets it. What it throws counts as a look that failed.
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

const PREFIX = 'telltale:sampler:';

const TAKE_OR_KEEP = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** A lease in a Redis: one key `telltale:sampler:<queue>` per queue, which goes by itself. BullMQ's keys are not touched. */
export function redisLease(redis: LeaseRedis): SampleLease {
  const holder = randomUUID();
  return async (queue, seconds) =>
    (await redis.eval(TAKE_OR_KEEP, 1, PREFIX + queue, holder, Math.ceil(seconds * 1000))) === 1;
}

const CREATE = `create table if not exists telltale_sampler (queue text primary key, holder text not null, until timestamptz not null)`;

const TAKE_OR_KEEP_ROW = `
insert into telltale_sampler as lease (queue, holder, until)
values ($1, $2, clock_timestamp() + make_interval(secs => $3))
on conflict (queue) do update set holder = excluded.holder, until = excluded.until
where lease.holder = excluded.holder or lease.until < clock_timestamp()`;

/** A lease in a Postgres: one row per queue in a table `telltale_sampler`, which is made when it is missing. BullMQ's tables are not touched. */
export function postgresLease(postgres: LeasePostgres): SampleLease {
  const holder = randomUUID();
  let ready: Promise<unknown> | undefined;
  return async (queue, seconds) => {
    ready ??= postgres.query(CREATE);
    try {
      await ready;
    } catch (error) {
      ready = undefined; // again with the next look
      throw error;
    }
    const { rowCount } = await postgres.query(TAKE_OR_KEEP_ROW, [queue, holder, seconds]);
    return rowCount === 1;
  };
}
