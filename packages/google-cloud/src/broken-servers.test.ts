import { ManualClock } from '@telltale/testing';
import {
  BREAKAGES,
  type DetectorsUnderTest,
  detected,
  ENDLESS,
  leaveEndlessServers,
  meetBrokenServers,
  openBrokenServer,
  openGceMetadata,
} from '@telltale-internal/backends';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { googleCloudDetectors } from './index.ts';

/** On Compute Engine, where most is asked for. */
const QUESTIONS = 5;
const good = await openGceMetadata();

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(GCE|GAE|K|CLOUD_RUN|KUBERNETES|FUNCTION|METADATA_SERVER)_/.test(name)) vi.stubEnv(name, undefined);
  }
});
afterEach(() => vi.unstubAllEnvs());

describe('a sick metadata server of Google Cloud', () => {
  const under: DetectorsUnderTest = {
    from: import.meta.url,
    made: ['@telltale/google-cloud', 'googleCloudDetectors'],
    at: (url) => ({ env: { GCE_METADATA_HOST: url } }),
    elsewhere: good.server.url,
  };

  it.each(BREAKAGES.filter((one) => !ENDLESS.includes(one)))('that %s is given up at once', async (breakage) => {
    const server = await openBrokenServer(breakage, good.server.url);
    vi.stubEnv('GCE_METADATA_HOST', server.url);
    // Its time does not pass.
    expect(await detected(googleCloudDetectors({ clock: new ManualClock() }))).toEqual({});
    await server.idle();
    expect(good.server.requests()).toBe(0);
    await server.close();
  });

  it.each(ENDLESS)('that %s is given up after 0.8 s, with its connections', async (breakage) => {
    const server = await openBrokenServer(breakage);
    vi.stubEnv('GCE_METADATA_HOST', server.url);
    const clock = new ManualClock();
    let found: unknown;
    const asking = detected(googleCloudDetectors({ clock })).then((answer) => {
      found = answer;
    });
    await server.asked(QUESTIONS);
    await clock.advance(0.79);
    expect(found).toBeUndefined();
    await clock.advance(0.01);
    await asking;
    expect(found).toEqual({});
    await server.idle();
    expect([server.connections(), clock.pending]).toEqual([QUESTIONS, 0]);
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
