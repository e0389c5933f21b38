import { type JobAdapterSuiteOptions, jobAdapterSuite } from '@telltale/testing';
import {
  type PostgresService,
  type RedisService,
  requireService,
  startPostgres,
  startRedis,
} from '@telltale-internal/services';
import { afterAll, beforeAll, describe } from 'vitest';
import { bullmq5, bullmq6, bullmq6OnPostgres, createDriver } from './drivers.test-support.ts';

const all: Pick<JobAdapterSuiteOptions, 'shapes' | 'linkAbove'> = {
  shapes: ['bulk', 'flow', 'scheduler', 'delayed', 'prioritized', 'deduplicated'],
  linkAbove: 100,
};

describe.runIf(requireService('redis'))('on Redis', () => {
  let redis: RedisService;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  jobAdapterSuite({ ...all, name: 'BullMQ 6', create: (telemetry) => createDriver(bullmq6(redis.url), telemetry) });
  jobAdapterSuite({ ...all, name: 'BullMQ 5', create: (telemetry) => createDriver(bullmq5(redis.url), telemetry) });
});

describe.runIf(requireService('postgres'))('on Postgres', () => {
  let postgres: PostgresService;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  jobAdapterSuite({
    ...all,
    name: 'BullMQ 6',
    create: (telemetry) => createDriver(bullmq6OnPostgres(postgres.connectionString), telemetry),
  });
});
