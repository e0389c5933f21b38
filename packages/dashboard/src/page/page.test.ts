import { requireService, startChromium } from '@telltale-internal/services';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { VIEWS } from '../../page/src/shell/address.ts';
import type { FakeDashboard } from './fake-dashboard.test-support.ts';
import { fakeFrame, fakeHistory, fakeTrace } from './fake-frame.test-support.ts';
import { axeViolations, type OpenPage, openPage, overflow } from './open-page.test-support.ts';

type View = (typeof VIEWS)[number];

const NARROW = { viewport: { width: 360, height: 780 } };

/** What each view must show of the fake frame, and the address that opens most of it. */
const SHOWN: Readonly<Record<View, { readonly hash: string; readonly texts: readonly string[] }>> = {
  overview: {
    hash: '#/overview/orders',
    texts: ['HighErrorRate', 'shop-web', '1.1.0 · production · 2 processes', 'Requests per second'],
  },
  routes: {
    hash: '#/routes/shop-web%20GET%20%2F%200',
    texts: ['POST /checkout', '9,800 others not shown', '499 client hung up', '123,456'],
  },
  queues: { hash: '#/queues/emails', texts: ['no worker', 'paused', '7 min', 'nightly-etl', 'Age of the oldest'] },
  pools: { hash: '#/pools/pdf', texts: ['images', 'of 8', 'Wait before start'] },
  map: { hash: '#/map/orders%20payments%202', texts: ['postgres', 'charge', 'Operations', 'not observed'] },
  runtime: {
    hash: '#/runtime/process%201',
    texts: ['7f3a1c9e', 'Garbage collection', '/var/lib/data', '94 %', 'Network'],
  },
  traces: { hash: '#/traces/abc', texts: ['POST https://api.stripe.com/v1/charges', '842 ms', '2 spans'] },
  exporters: {
    hash: '#/exporters',
    texts: ['503 Service Unavailable', 'circuit open', '2,048', '$182.40', '7 min ago', 'ERR_EXPORT, 4 ×'],
  },
  series: {
    hash: '#/series',
    texts: ['8,412', '16.8 % used', 'user.id of http.server.request.duration', '1,980', '$183.90'],
  },
  alerts: {
    hash: '#/alerts',
    texts: ['Firing', 'Pending', 'Resolved', 'error, silenced', 'service_name=orders', '3 min ago'],
  },
};

describe.runIf(requireService('chromium'))('the page', () => {
  let browser: Browser;
  let opened: OpenPage | undefined;

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(async () => {
    await browser?.close();
  });

  afterEach(async () => {
    const complaints = opened?.complaints ?? [];
    await opened?.close();
    opened = undefined;
    expect(complaints).toEqual([]);
  });

  async function open(hash: string, options: BrowserContextOptions & { prepare?: (fake: FakeDashboard) => void } = {}) {
    opened = await openPage(browser, hash, options);
    return opened;
  }

  const status = () => opened!.page.locator('.connection').innerText();
  const seconds = (count: number) => {
    for (let i = 0; i < count; i++) opened!.fake.tick();
  };

  /** Goes through the views on one page; what fails is reported with its view. */
  async function eachView(hashOf: (view: View) => string, look: (view: View) => Promise<void>) {
    const { page, url } = opened!;
    for (const view of VIEWS) {
      await page.goto(`${url}${hashOf(view)}`);
      await page.locator(`#tab-${view}[aria-selected=true]`).waitFor();
      await page.locator('.connection', { hasText: 'live' }).waitFor();
      await look(view);
    }
  }

  it.each(['light', 'dark'] as const)('shows each view in %s colours, accessibly', async (colorScheme) => {
    const { page } = await open('', { colorScheme });
    await eachView(
      (view) => SHOWN[view].hash,
      async (view) => {
        await page.locator('#view .card').first().waitFor();
        seconds(1);
        if (view === 'traces') {
          await page.locator('.span-row', { hasText: 'charge' }).first().click();
          await page.locator('.span-row', { hasText: 'stripe' }).click();
          await page.getByText('exception.stacktrace').first().waitFor();
        }
        const text = await page.locator('#view').innerText();
        for (const expected of SHOWN[view].texts) expect(text, view).toContain(expected);
        expect(await axeViolations(page), view).toEqual([]);
        expect(await overflow(page), view).toBeLessThanOrEqual(0);
      },
    );
  });

  it('shows each view at 360 pixels without scrolling sideways', async () => {
    const { page } = await open('', NARROW);
    await eachView(
      (view) => SHOWN[view].hash,
      async (view) => {
        await page.locator('#view .card').first().waitFor();
        expect(await overflow(page), view).toBeLessThanOrEqual(0);
        expect(await axeViolations(page), view).toEqual([]);
      },
    );
  });

  it('says in each view what is missing when nothing has happened', async () => {
    const { page } = await open('', {
      prepare: (fake) => {
        fake.behaviour.frame = (time) => fakeFrame(time, { empty: true });
      },
    });
    await eachView(
      (view) => `#/${view}`,
      async (view) => {
        expect((await page.locator('#view').innerText()).length, view).toBeGreaterThan(20);
        expect(await axeViolations(page), view).toEqual([]);
      },
    );
  });

  it('says that all is well', async () => {
    const { page } = await open('', {
      prepare: (fake) => {
        fake.behaviour.frame = (time) => fakeFrame(time, { calm: true });
      },
    });
    await page.getByText('Nothing is wrong as far as the numbers tell').waitFor();
  });

  it('goes through all views by arrow keys, and Tab goes on to the view', async () => {
    const { page } = await open('');
    await page.locator('#tab-overview').focus();
    for (const view of VIEWS.slice(1)) {
      await page.keyboard.press('ArrowDown');
      await page.locator(`#tab-${view}[aria-selected=true]`).waitFor();
      expect(await page.evaluate('document.activeElement.id')).toBe(`tab-${view}`);
      expect(page.url()).toContain(`#/${view}`);
    }
    await page.keyboard.press('ArrowRight');
    await page.locator('#tab-overview[aria-selected=true]').waitFor();
    await page.keyboard.press('End');
    await page.locator('#tab-alerts[aria-selected=true]').waitFor();
    await page.keyboard.press('Home');
    await page.locator('#tab-overview[aria-selected=true]').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest("#view") !== null')).toBe(true);
  });

  it('skips to the view', async () => {
    const { page } = await open('');
    await page.locator('#view .card').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the view');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('view');
  });

  it('opens a row by keys, and Esc closes it and returns to the row', async () => {
    const { page } = await open('#/routes');
    const links = page.locator('a.row-link');
    await links.first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const name = await links.nth(1).innerText();
    await page.keyboard.press('Enter');
    await page.locator('.detail h3', { hasText: name.replace(/\s+/g, ' ') }).waitFor();
    expect(await page.locator('tr.current').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached' });
    await vi.waitFor(async () => expect(await page.evaluate('document.activeElement.className')).toBe('row-link'));
    expect((await page.evaluate<string>('document.activeElement.innerText')).trim()).toBe(name.trim());
    // One row is where Tab enters the table.
    expect(await page.locator('a.row-link[tabindex="0"]').count()).toBe(1);
  });

  it('fetches a trace when it is opened, follows its links, and Esc closes it', async () => {
    const { page, fake } = await open('#/traces');
    await page.locator('a.row-link').first().click();
    await page.locator('.waterfall').waitFor();
    expect(fake.asked.filter((path) => path.startsWith('api/traces/'))).toHaveLength(1);
    await page.keyboard.press('Escape');
    await page.locator('.waterfall').waitFor({ state: 'detached' });
    fake.behaviour.trace = () => undefined;
    await page.locator('a.row-link').nth(1).click();
    await page.getByText('keeps this trace no longer').waitFor();
  });

  it('says when a trace cannot be fetched, and tries again', async () => {
    const { page, fake } = await open('#/traces');
    await page.locator('a.row-link').first().waitFor();
    fake.behaviour.api = 'drop';
    await page.locator('a.row-link').first().click();
    await page.getByText('could not be fetched').waitFor();
    fake.behaviour.api = 'answer';
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.waterfall').waitFor();
  });

  it('follows each frame, and keeps rows in their places while the pointer is over them', async () => {
    let swapped = false;
    const { page, fake } = await open('#/routes', {
      prepare: (made) => {
        made.behaviour.frame = (time) => {
          const frame = fakeFrame(time, { routes: 2 });
          const [a, b] = frame.routes.rows;
          return {
            ...frame,
            routes: {
              more: 0,
              rows: [
                { ...a!, rate: swapped ? 1 : 500 },
                { ...b!, rate: 100 },
              ],
            },
          };
        };
      },
    });
    const names = () => page.locator('tbody .row-link').allInnerTexts();
    await page.getByText('500 /s').waitFor();
    const before = await names();
    await page.locator('tbody tr').first().hover();
    swapped = true;
    fake.tick();
    await page.getByText('1 /s', { exact: true }).waitFor();
    expect(await names()).toEqual(before);
    await page.locator('h1').hover();
    fake.tick();
    await vi.waitFor(async () => expect(await names()).toEqual([...before].reverse()));
  });

  it('sorts by any column, and filters', async () => {
    const { page } = await open('#/routes');
    const first = page.locator('tbody .row-link').first();
    await page.getByRole('button', { name: 'Errors' }).click();
    await vi.waitFor(async () => expect(await first.innerText()).toContain('/checkout'));
    await page.getByRole('button', { name: 'Route', exact: true }).click();
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await vi.waitFor(async () => expect(await first.innerText()).toMatch(/GET\s+\/$/));
    await page.getByLabel('Filter routes').fill('delete cart');
    await vi.waitFor(async () => expect(await page.locator('tbody tr').count()).toBe(1));
    await page.getByLabel('Filter routes').fill('no such route');
    await page.getByText('Nothing fits this filter').waitFor();
  });

  it('shows one service when one is chosen, in each view', async () => {
    const { page } = await open('#/routes');
    await page.locator('tbody tr').first().waitFor();
    await page.getByLabel('Service').selectOption('orders');
    await vi.waitFor(async () =>
      expect(new Set(await page.locator('tbody tr td:nth-child(2)').allInnerTexts())).toEqual(new Set(['orders'])),
    );
    await page.locator('#tab-runtime').click();
    await vi.waitFor(async () => expect(await page.locator('.table-card tbody tr').count()).toBe(1));
    expect(page.url()).toContain('service=orders');
  });

  it('draws charts that say in words what they show', async () => {
    const { page } = await open('#/routes/shop-web%20GET%20%2F%200');
    const chart = page.getByRole('img', {
      name: /^Requests per second\. rate: last [\d.]+ \/s, min [\d.]+ \/s, max [\d.]+ \/s$/,
    });
    await chart.waitFor();
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2);
    await vi.waitFor(async () =>
      expect(await page.locator('.legend-now').first().innerText()).toMatch(/^\d\d:\d\d:\d\d$/),
    );
    // Something is drawn, in the colours of the theme.
    const colours =
      'new Set(new Uint32Array(document.querySelector(".plot canvas").getContext("2d").getImageData(0, 0, 400, 200).data.buffer)).size';
    expect(await page.evaluate<number>(colours)).toBeGreaterThan(10);
  });

  it('keeps the chosen theme', async () => {
    const { page } = await open('', { colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByLabel('Theme').selectOption('dark');
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.locator('#view .card').first().waitFor();
    expect(await ground()).toBe(dark);
    await page.getByLabel('Theme').selectOption('auto');
    expect(await ground()).toBe(light);
  });

  it('pauses, costs the service nothing meanwhile, and goes on', async () => {
    const { page, fake } = await open('');
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.connection', { hasText: 'paused' }).waitFor();
    await vi.waitFor(() => expect(fake.viewers).toBe(0));
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    expect(fake.viewers).toBe(1);
  });

  it('asks for nothing while it is hidden', async () => {
    const { page, fake } = await open('');
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await hide(true);
    await vi.waitFor(() => expect(fake.viewers).toBe(0));
    const histories = () => fake.asked.filter((path) => path === 'api/history').length;
    const before = histories();
    fake.time += 60;
    await hide(false);
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    await vi.waitFor(() => expect(histories()).toBe(before + 1));
  });

  it('survives a restart of the service without being loaded again', async () => {
    const { page, fake } = await open('');
    await page.locator('.connection', { hasText: 'live' }).waitFor();
    await page.evaluate('globalThis.sameDocument = true');
    fake.behaviour.api = 'drop';
    fake.cut();
    await page.locator('.connection', { hasText: 'reconnecting' }).waitFor();
    await vi.waitFor(async () => expect(await status()).toMatch(/stale since \d\d:\d\d:\d\d/));
    // The numbers stay to be seen.
    expect(await page.locator('.tile-value').first().innerText()).toMatch(/\/s$/);
    fake.behaviour.frame = (time) => fakeFrame(time, { epoch: 'second', title: 'Shop again' });
    fake.behaviour.history = (time) => fakeHistory(time, 120, { epoch: 'second' });
    const histories = fake.asked.filter((path) => path === 'api/history').length;
    fake.behaviour.api = 'answer';
    await page.locator('h1', { hasText: 'Shop again' }).waitFor();
    await page.locator('.connection', { hasText: /live|polling/ }).waitFor();
    await vi.waitFor(() =>
      expect(fake.asked.filter((path) => path === 'api/history').length).toBeGreaterThan(histories),
    );
    expect(await page.evaluate('globalThis.sameDocument')).toBe(true);
  });

  it('polls where no WebSocket gets through, and goes back to it', async () => {
    const { page, fake } = await open('', {
      prepare: (made) => {
        made.behaviour.sockets = 'refuse';
      },
    });
    await page.locator('.connection', { hasText: 'polling' }).waitFor();
    const frames = () => fake.asked.filter((path) => path === 'api/frame').length;
    const before = frames();
    await vi.waitFor(() => expect(frames()).toBeGreaterThan(before + 1), 10_000);
    fake.behaviour.sockets = 'answer';
    await page.locator('.connection', { hasText: 'live' }).waitFor();
  });

  it('says that it needs its token', async () => {
    const { page } = await open('', {
      prepare: (made) => {
        made.behaviour.sockets = 'refuse';
        made.behaviour.api = 'unauthorised';
      },
    });
    await page.getByText('This page needs its token').waitFor();
    expect(await status()).toContain('token needed');
    expect(await axeViolations(page)).toEqual([]);
  });

  describe('with hostile names', () => {
    const names = [
      '<script>alert(1)</script><img src=x onerror=alert(2)>',
      '\u202Eסוד\u2066\u2067 right to left',
      `/${'long-segment/'.repeat(80)}`,
      '👩‍👩‍👧‍👦💥'.repeat(20),
      'x'.repeat(1_000),
      '"><svg onload=alert(3)>\u0000\u0007\n\t{{7*7}}',
      'javascript:alert(4)',
      '__proto__',
      '\uD800 half a pair',
      '',
    ];
    const prepare = (fake: FakeDashboard) => {
      fake.behaviour.frame = (time) => fakeFrame(time, { names });
      fake.behaviour.history = (time) => fakeHistory(time, 30, { names });
      fake.behaviour.trace = (traceId) => fakeTrace(traceId, { names });
    };

    it('shows them as text, in their place, in each view', async () => {
      const { page } = await open('', { ...NARROW, prepare });
      await eachView(
        (view) => (view === 'traces' ? '#/traces/abc' : `#/${view}`),
        async (view) => {
          await page.locator('#view .card').first().waitFor();
          seconds(1);
          expect(await overflow(page), view).toBeLessThanOrEqual(0);
          const rows = page.locator('a.row-link, .span-row');
          const count = Math.min(4, await rows.count());
          for (let i = 0; i < count; i++) {
            // Too long a name covers others, so not by the pointer.
            await rows.nth(i).dispatchEvent('click');
            await page.locator('.detail, .span-detail').first().waitFor();
            expect(await overflow(page), `${view}, row ${i}`).toBeLessThanOrEqual(0);
          }
          expect(await axeViolations(page), view).toEqual([]);
          await page.setViewportSize({ width: 1280, height: 800 });
          expect(await overflow(page), view).toBeLessThanOrEqual(0);
          await page.setViewportSize(NARROW.viewport);
          expect(await page.locator('#app script, #app img, #app svg[onload], #app [onerror]').count(), view).toBe(0);
          expect(await page.locator('#app').innerText(), view).toContain('<script>alert(1)</script>');
        },
      );
    });
  });
});
