import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { FakeDashboard } from './fake-dashboard.test-support.ts';

/** A page of the fake dashboard in a browser, and what it complained of. */
export interface OpenPage {
  readonly page: Page;
  readonly fake: FakeDashboard;
  readonly url: string;
  /** Errors and warnings of the console, scripts that threw, dialogs. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** What a browser writes whenever a connection fails, whoever made it. */
const NETWORK = /ERR_|WebSocket connection to|Failed to load resource/;

export async function openPage(
  browser: Browser,
  hash: string,
  options: BrowserContextOptions & { prepare?: (fake: FakeDashboard) => void } = {},
): Promise<OpenPage> {
  const { prepare, ...context } = options;
  const fake = new FakeDashboard();
  prepare?.(fake);
  const url = await fake.listen();
  const made = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...context,
  });
  const page = await made.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !NETWORK.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
      complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(`${url}${hash}`);
  return {
    page,
    fake,
    url,
    complaints,
    close: async () => {
      await made.close();
      await fake.close();
    },
  };
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What axe-core finds wrong, as `rule: element`. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResult>('axe.run(document, { resultTypes: ["violations"] })');
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
  );
}

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}
