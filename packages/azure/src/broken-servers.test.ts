import { ManualClock } from '@telltale/testing';
import {
  BREAKAGES,
  type DetectorsUnderTest,
  detected,
  ENDLESS,
  leaveEndlessServers,
  meetBrokenServers,
  openAzureMetadata,
  openBrokenServer,
} from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { azureDetectors } from './index.ts';

const good = await openAzureMetadata();

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(WEBSITE|FUNCTIONS|CONTAINER_APP|KUBERNETES|CLUSTER)_/.test(name)) vi.stubEnv(name, undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());

describe('a sick metadata server of Azure', () => {
  const under: DetectorsUnderTest = {
    from: import.meta.url,
    made: ['@telltale/azure', 'azureDetectors'],
    at: (endpoint) => ({ options: { endpoint } }),
    elsewhere: good.url,
  };

  it.each(BREAKAGES.filter((one) => !ENDLESS.includes(one)))('that %s is given up at once', async (breakage) => {
    const server = await openBrokenServer(breakage, good.url);
    // Its time does not pass.
    expect(await detected(azureDetectors({ endpoint: server.url, clock: new ManualClock() }))).toEqual({});
    await server.idle();
    expect(good.server.requests()).toBe(0);
    await server.close();
  });

  it.each(ENDLESS)('that %s is given up after 0.8 s, with its connection', async (breakage) => {
    const server = await openBrokenServer(breakage);
    const clock = new ManualClock();
    let found: unknown;
    const asking = detected(azureDetectors({ endpoint: server.url, clock })).then((answer) => {
      found = answer;
    });
    await server.asked(1);
    await clock.advance(0.79);
    expect(found).toBeUndefined();
    await clock.advance(0.01);
    await asking;
    expect(found).toEqual({});
    await server.idle();
    expect([server.connections(), clock.pending]).toEqual([1, 0]);
    await server.close();
  });

  it('gives no warning and no unhandled rejection', async () => {
    const { code, stderr, found } = await meetBrokenServers(under);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(found).toEqual(Object.fromEntries(BREAKAGES.map((breakage) => [breakage, {}])));
  });

  it('keeps no process alive', async () => {
    expect(await leaveEndlessServers(under)).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
