import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import express from 'express';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { get, listening, look, REMOTE, refusalOf, serve, TOKEN, testBoard } from '../dashboard.test-support.ts';
import { dashboard } from '../index.ts';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

describe('the server of a dashboard', () => {
  it('sends a frame at once to who looks, then one each second, and the same to all', async () => {
    const { telemetry, clock, url } = await testBoard();
    const one = await look(`${url}live`);
    const first = await one.next();
    expect(first.routes.rows).toEqual([]);
    const other = await look(`${url}live`);
    expect((await other.next()).epoch).toBe(first.epoch);
    await serve(telemetry, clock, '/a', [0.01]);
    await clock.advance(2);
    const frames = [await one.next(), await one.next()];
    expect([await other.next(), await other.next()]).toEqual(frames);
    expect(frames[1]?.routes.rows).toMatchObject([{ route: '/a', count: 1 }]);
    expect(Number(frames[1]?.time)).toBeGreaterThan(Number(frames[0]?.time));
  });

  it('answers data with what keeps it from being kept, framed or guessed at', async () => {
    const { url } = await testBoard();
    for (const path of ['api/frame', 'api/history', 'api/traces/abc', '', 'page.js', 'page.css']) {
      const { headers } = await get(url + path);
      expect(headers).toMatchObject({
        'content-security-policy': CSP,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      if (path.startsWith('api/')) expect(headers['cache-control']).toBe('no-store');
    }
    expect((await get(`${url}api/frame`)).headers['content-type']).toBe('application/json; charset=utf-8');
    expect((await get(`${url}api/nothing`)).status).toBe(404);
    expect(await get(`${url}api/frame`, {}, 'DELETE')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await get(`${url}api/frame`, {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
    expect((await get(`${url}live`)).status).toBe(426);
  });

  it('works in Express below any mount, and goes on to what comes next', async () => {
    const { page } = await testBoard();
    const app = express();
    app.use('/ops/telltale', page);
    app.use((_request, response) => void response.status(418).send('next'));
    const base = await listening(createServer(app));
    expect(await get(`${base}/ops/telltale?x=1`)).toMatchObject({
      status: 303,
      headers: { location: 'telltale/?x=1' },
    });
    expect((await get(`${base}/ops/telltale/api/frame`)).status).toBe(200);
    expect((await get(`${base}/ops/telltale/else`)).status).toBe(418);
    expect((await get(`${base}/elsewhere`)).status).toBe(418);
    expect((await (await look(`${base}/ops/telltale/live`)).next()).title).toBe('shop');
  });

  it('works on bare node:http, at the root or below a path that it is told', async () => {
    const { telemetry } = await testBoard();
    await telemetry.shutdown();
    const root = await testBoard();
    const base = await listening(createServer(root.page));
    expect((await get(`${base}/api/frame`)).status).toBe(200);
    expect((await (await look(`${base}/live`)).next()).title).toBe('shop');
    const below = await testBoard({ path: '/telltale' });
    const server = createServer(below.page);
    below.page.attach(server);
    const other = await listening(server);
    expect((await (await look(`${other}/telltale/live`)).next()).title).toBe('shop');
    expect((await get(`${other}/telltale/api/frame`)).status).toBe(200);
    expect((await get(`${other}/api/frame`)).status).toBe(404);
    expect((await get(`${other}/telltale`)).headers.location).toBe('telltale/');
  });

  it('leaves the WebSockets of others alone, and others that refuse what is not theirs do not get its own', async () => {
    const { page } = await testBoard({ path: '/telltale' });
    const server = createServer(page);
    // Answers 400 to all but its own path.
    const others = new WebSocketServer({ server, path: '/chat' });
    others.on('connection', (socket) => socket.send('{"title":"chat"}'));
    page.attach(server);
    const base = await listening(server);
    expect((await (await look(`${base}/chat`)).next()).title).toBe('chat');
    expect((await (await look(`${base}/telltale/live`)).next()).title).toBe('shop');
    expect(await refusalOf(`${base}/nobodys`)).toBe(400);
    others.close();
  });

  it('has upgrades that are nobody’s answered as if it were not there, with their bodies', async () => {
    const { page } = await testBoard({ path: '/telltale' });
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(`${request.method} ${request.url} ${body}`);
    });
    page.attach(server);
    const base = await listening(server);
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.write(
      'POST /orders HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nContent-Length: 10\r\n\r\n12345',
    );
    setImmediate(() => socket.write('67890'));
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*POST \/orders 1234567890/);
    // The connection goes on.
    socket.write('GET /more HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toContain('GET /more');
    expect(await refusalOf(`${base}/chat`)).toBe(200);
  });

  it('gives the server back as it was when it is closed', async () => {
    const { page } = await testBoard({ path: '/telltale' });
    const server = createServer(page);
    const { emit } = server;
    const base = await listening(server);
    await get(`${base}/telltale/api/frame`);
    const viewer = await look(`${base}/telltale/live`);
    const closed = once(viewer.socket, 'close');
    await page.close();
    await closed;
    expect(server.emit).toBe(emit);
    expect(server.listenerCount('upgrade')).toBe(0);
    expect((await get(`${base}/telltale/api/frame`)).status).toBe(404);
  });

  it('lets a server close that has viewers', async () => {
    const { page, clock } = await testBoard();
    const server = createServer(page);
    const base = await listening(server);
    await get(`${base}/api/frame`);
    const viewer = await look(`${base}/live`);
    await viewer.next();
    const closed = new Promise((resolve) => server.close(resolve));
    await clock.advance(2);
    expect(await closed).toBe(undefined);
  });

  it('ends with the telemetry', async () => {
    const { telemetry, url } = await testBoard();
    const { socket } = await look(`${url}live`);
    const closed = once(socket, 'close');
    await telemetry.shutdown();
    await closed;
    await expect(get(`${url}api/frame`)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('says which port is taken and what to do, and refuses what cannot be', async () => {
    const { page, port, telemetry } = await testBoard();
    await expect(page.listen({ port })).rejects.toThrow(/port \d+ of 127\.0\.0\.1 is taken .* or 0 for any/);
    await expect(page.listen({ port: -1 })).rejects.toThrow('"listen.port" is -1; give a whole number');
    await expect(page.listen({ prt: 1 } as never)).rejects.toThrow('did you mean "port"');
    await expect(page.listen({ path: 'x y' })).rejects.toThrow('give a path such as');
    expect(() => dashboard(telemetry)).toThrow(/Two exporters are called "dashboard"/);
    expect(() => dashboard(undefined as never)).toThrow('dashboard needs a telemetry');
    expect(() => dashboard(telemetry, { titel: 'x' } as never)).toThrow('did you mean "title"');
    expect(() => dashboard(telemetry, { token: '' })).toThrow('"dashboard.token" is empty');
    expect(() => dashboard(telemetry, { maxRows: 0 })).toThrow('"dashboard.maxRows" is 0');
  });
});

describe('who may look', () => {
  it('is this machine without a token, and nobody else, whatever they say', async () => {
    const { url, port } = await testBoard();
    const status = async (headers: Record<string, string>) => (await get(`${url}api/frame`, headers)).status;
    expect(await status({})).toBe(200);
    expect(await status({ host: `localhost:${port}` })).toBe(200);
    expect(await status({ host: `shop.localhost:${port}` })).toBe(200);
    expect(await status({ host: '[::1]:80' })).toBe(200);
    // A name of someone else that leads here: DNS rebinding.
    expect(await status({ host: `evil.example:${port}` })).toBe(401);
    expect(await status({ host: '127.0.0.1.evil.example' })).toBe(401);
    expect(await status({ host: 'localhost@evil.example' })).toBe(401);
    // A proxy on this machine, that someone elsewhere asks.
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host', 'cf-connecting-ip']) {
      expect(await status({ [name]: '127.0.0.1' })).toBe(401);
    }
    // A page of another site.
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
  });

  it('is who has the token: by a header, or by a link or form that leaves a cookie and no token behind', async () => {
    const { url } = await testBoard();
    const remote = (path: string, headers = {}) => get(url + path, { ...REMOTE, ...headers });
    expect((await remote('api/frame', { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await remote('api/frame', { authorization: `Bearer x${TOKEN}` })).status).toBe(401);
    const byLink = await remote(`?token=${TOKEN}`);
    expect(byLink).toMatchObject({ status: 303, text: '', headers: { location: './' } });
    const cookie = String(byLink.headers['set-cookie']);
    expect(cookie).toMatch(/^telltale_[\da-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const form = await get(
      url,
      { ...REMOTE, 'content-type': 'application/x-www-form-urlencoded' },
      'POST',
      `token=${TOKEN}`,
    );
    expect(form).toMatchObject({ status: 303, headers: { 'set-cookie': [cookie] } });
    const pair = cookie.split(';')[0] as string;
    expect((await remote('api/frame', { cookie: `a=b; ${pair}` })).status).toBe(200);
    expect((await remote('api/frame', { cookie: `${pair}x` })).status).toBe(401);
    const viewer = await look(`${url}live`, { ...REMOTE, cookie: pair });
    expect((await viewer.next()).title).toBe('shop');
  });

  it('learns nothing without it: neither what there is nor what is right', async () => {
    const { telemetry, url } = await testBoard({ title: 'Secret title' }, { service: { name: 'secret-service' } });
    telemetry.request({ method: 'GET' }).end({ status: 500, route: '/secret-route' });
    const paths = [
      '',
      'api/frame',
      'api/history',
      'api/traces/0af7651916cd43dd8448eb211c80319c',
      '?token=wrong',
      'live',
      'page.js',
    ];
    for (const path of paths) {
      const { status, text, headers } = await get(url + path, { ...REMOTE, authorization: 'Bearer wrong' });
      if (path !== 'live' && path !== 'page.js') expect(status).toBe(401);
      expect(text + JSON.stringify(headers)).not.toMatch(/secret|correct-horse|shop/i);
    }
    expect(await refusalOf(`${url}live`, REMOTE)).toBe(401);
    const asked = await get(url, REMOTE);
    expect(asked.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(asked.text).toContain('<form method="post" action="./">');
    expect(asked.text).not.toContain('not right');
    expect((await get(`${url}?token=no`, REMOTE)).text).toContain('not right');
  });

  it('refuses WebSockets of pages of other sites', async () => {
    const { url, port } = await testBoard();
    expect(await refusalOf(`${url}live`, { origin: 'https://evil.example' })).toBe(403);
    expect(await refusalOf(`${url}live`, { origin: `http://127.0.0.1:${port + 1}` })).toBe(403);
    expect(await refusalOf(`${url}live`, { host: 'evil.example', origin: 'http://evil.example' })).toBe(401);
    const viewer = await look(`${url}live`, { origin: `http://127.0.0.1:${port}` });
    expect((await viewer.next()).title).toBe('shop');
  });

  it('is slowed down when guessing, while those with a cookie are not', async () => {
    const { url, clock } = await testBoard();
    const attempt = (token: string) => get(`${url}?token=${token}`, REMOTE);
    const pair = String((await attempt(TOKEN)).headers['set-cookie']).split(';')[0] as string;
    for (let i = 0; i < 10; i++) expect((await attempt(`wrong${i}`)).status).toBe(401);
    expect(await attempt('wrong')).toMatchObject({ status: 429, headers: { 'retry-after': '6' } });
    expect((await attempt(TOKEN)).status).toBe(429);
    expect((await get(`${url}api/frame`, { ...REMOTE, cookie: pair })).status).toBe(200);
    await clock.advance(7);
    expect((await attempt(TOKEN)).status).toBe(303);
  });

  it('is told a random token once, and never with a host that a stranger named', async () => {
    const told: string[] = [];
    const { token: _token, ...options } = { token: undefined, onToken: (token: string) => void told.push(token) };
    const { telemetry } = await testBoard();
    await telemetry.shutdown();
    const other = await testBoard({ token: undefined as never, ...options });
    expect(other.page.token).toMatch(/^[\w-]{22}$/);
    expect(told).toEqual([]);
    await get(`${other.url}api/frame`, REMOTE);
    await get(other.url, REMOTE);
    expect(told).toEqual([other.page.token]);
    expect((await get(`${other.url}api/frame`, { ...REMOTE, authorization: `Bearer ${told[0]}` })).status).toBe(200);
  });

  it('is everybody with `token: false`, but no page of another site', async () => {
    const { url, page } = await testBoard({ token: false });
    expect(page.token).toBe(undefined);
    expect((await get(`${url}api/frame`, REMOTE)).status).toBe(200);
    expect((await get(`${url}api/frame`, { ...REMOTE, origin: 'https://evil.example' })).status).toBe(403);
  });
});
