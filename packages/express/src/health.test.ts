import { healthEndpoint } from '@telltale/core';
import { afterEach, describe, expect, it } from 'vitest';
import { expressTelemetry } from './index.ts';
import { closeServers, countOf, listen, quietTelemetry, versions } from './observed-app.test-support.ts';

afterEach(closeServers);

describe.each(versions)('healthEndpoint on %s', (_version, express) => {
  async function served(path: string | undefined) {
    const telemetry = quietTelemetry();
    const app = express();
    const health = healthEndpoint(telemetry, { checks: { db: () => false } });
    if (path === undefined) app.use(health);
    else app.use(path, health);
    app.use(expressTelemetry(telemetry));
    app.get('/orders', (_request, response) => void response.json({ status: 'orders' }));
    const port = await listen(app);
    const get = async (url: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${port}${url}`, { method });
      const text = await answer.text();
      return [answer.status, text.startsWith('{') ? JSON.parse(text) : text];
    };
    return { telemetry, get };
  }

  it.each([
    ['mounted where it is by default', '/health', '/health'],
    ['mounted elsewhere', '/internal/status', '/internal/status'],
    ['mounted without a path', undefined, '/health'],
  ])('answers probes in front of telemetry, %s', async (_title, path, at) => {
    const { telemetry, get } = await served(path);
    expect(await get(`${at}/live`)).toEqual([200, { status: 'ok' }]);
    expect(await get(`${at}/ready`)).toEqual([503, { status: 'failing' }]);
    for (const url of [at, `${at}/`, `${at}?all`]) {
      expect(await get(url)).toMatchObject([503, { checks: { db: { error: 'it gave false' } }, telemetry: {} }]);
    }
    expect(await get(`${at}/live`, 'HEAD')).toEqual([200, '']);
    expect((await get(`${at}/live`, 'POST'))[0]).toBe(405);
    expect((await get(`${at}/orders`))[0]).toBe(404);
    expect(countOf(telemetry)).toBe(0);
    expect(await get('/orders')).toEqual([200, { status: 'orders' }]);
  });
});
