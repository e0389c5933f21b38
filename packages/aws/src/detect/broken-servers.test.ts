import { ManualClock } from '@telltale/testing';
import {
  BREAKAGES,
  type DetectorsUnderTest,
  detected,
  ENDLESS,
  type Fault,
  leaveEndlessServers,
  meetBrokenServers,
  openBrokenServer,
  openEc2Metadata,
  openEcsMetadata,
} from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsDetectors } from '../index.ts';

const SOURCES = {
  EC2: { variable: 'AWS_EC2_METADATA_SERVICE_ENDPOINT', questions: 1, certain: {} },
  ECS: {
    variable: 'ECS_CONTAINER_METADATA_URI_V4',
    questions: 2,
    certain: { 'cloud.provider': 'aws', 'cloud.platform': 'aws_ecs' },
  },
};
const good = { EC2: await openEc2Metadata(), ECS: await openEcsMetadata() };

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS|ECS|KUBERNETES)_/.test(name)) vi.stubEnv(name, undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());

describe.each(['EC2', 'ECS'] as const)('a sick metadata server of %s', (name) => {
  const { variable, questions, certain } = SOURCES[name];
  const under: DetectorsUnderTest = {
    from: import.meta.url,
    made: ['@telltale/aws', 'awsDetectors'],
    at: (url) => ({ env: { [variable]: url } }),
    elsewhere: good[name].url,
  };

  it.each(BREAKAGES.filter((one) => !ENDLESS.includes(one)))('that %s is given up at once', async (breakage) => {
    const server = await openBrokenServer(breakage, good[name].url);
    vi.stubEnv(variable, server.url);
    // Its time does not pass.
    expect(await detected(awsDetectors({ clock: new ManualClock() }))).toEqual(certain);
    await server.idle();
    expect(good[name].server.requests()).toBe(0);
    await server.close();
  });

  it.each(ENDLESS)('that %s is given up after 0.8 s, with its connections', async (breakage) => {
    const server = await openBrokenServer(breakage);
    vi.stubEnv(variable, server.url);
    const clock = new ManualClock();
    let found: unknown;
    const asking = detected(awsDetectors({ clock })).then((answer) => {
      found = answer;
    });
    await server.asked(questions);
    await clock.advance(0.79);
    expect(found).toBeUndefined();
    await clock.advance(0.01);
    await asking;
    expect(found).toEqual(certain);
    await server.idle();
    expect([server.connections(), clock.pending]).toEqual([questions, 0]);
    await server.close();
  });

  it('gives no warning and no unhandled rejection', async () => {
    const { code, stderr, found } = await meetBrokenServers(under);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(found).toEqual(Object.fromEntries(BREAKAGES.map((breakage) => [breakage, certain])));
  });

  it('keeps no process alive', async () => {
    expect(await leaveEndlessServers(under)).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('a metadata server of EC2 that falls sick after the token', () => {
  const FAULTS: readonly Fault[] = [
    { kind: 'stall' },
    { kind: 'drip' },
    { kind: 'lose' },
    { kind: 'status', status: 401 },
  ];

  it.each(FAULTS)('is given up, too: %j', async (fault) => {
    const metadata = await openEc2Metadata();
    const { promise: sick, resolve: fallSick } = Promise.withResolvers<void>();
    let requests = 0;
    metadata.server.chance = () => {
      if (requests++ === 0) return undefined;
      fallSick();
      return fault;
    };
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', metadata.url);
    const clock = new ManualClock();
    const asking = detected(awsDetectors({ clock }));
    await sick;
    await clock.advance(0.8);
    expect(await asking).toEqual({});
    await metadata.close();
  });
});
