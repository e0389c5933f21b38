import { describe, expect, it } from 'vitest';
import { createSidecar, type SidecarOptions, startSidecar } from './index.ts';
import { runningSidecar } from './running-sidecar.test-support.ts';

describe('createSidecar', () => {
  it.each([
    ['an option that is none', { prot: 1 }, /"sidecar\.prot"; did you mean "port"/],
    ['a port that is none', { port: 70_000 }, /"sidecar\.port" is 70000/],
    ['a host that is none', { host: '' }, /"sidecar\.host" is ""/],
    ['a token that no header can have', { intakeToken: 'a b' }, /"sidecar\.intakeToken"/],
    ['a limit that is none', { limits: { series: -1 } }, /"limits\.series" is -1; give a whole number above 0/],
    ['a limit that is not known', { limits: { serie: 1 } }, /did you mean "series"/],
    ['a part that is none', { alerts: 3 }, /"sidecar\.alerts" is 3/],
  ])('throws for %s', (_, options, message) => {
    expect(() => createSidecar(options as SidecarOptions)).toThrow(message);
  });

  it('listens when it is told to', async () => {
    const sidecar = createSidecar({ port: 0, shutdown: { signals: false } });
    expect(sidecar.url).toBeUndefined();
    const url = await sidecar.listen();
    expect(sidecar.url).toBe(url);
    await sidecar.close();
    expect(sidecar.url).toBeUndefined();
  });
});

describe('startSidecar', () => {
  it('says that a port is taken', async () => {
    const { url } = await runningSidecar();
    const port = Number(new URL(url).port);
    await expect(startSidecar({ port, shutdown: { signals: false } })).rejects.toThrow(
      `port ${port} of 127.0.0.1 is taken`,
    );
  });

  it('tells that anyone may send, where others than this machine can', async () => {
    const { problems } = await runningSidecar({ host: '0.0.0.0' });
    expect(problems).toEqual([expect.stringContaining('give intakeToken')]);
    const asked = await runningSidecar({ host: '0.0.0.0', intakeToken: 'secret' });
    expect(asked.problems).toEqual([]);
  });
});
