import { expect, it } from 'vitest';
import { get, REMOTE, testBoard } from './dashboard.test-support.ts';

it('the page is served, or it is said how to build it', async () => {
  const { url } = await testBoard();
  const page = await get(url);
  if (page.status === 503) {
    expect(page.text).toContain('node packages/dashboard/build-page.ts');
    return;
  }
  expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  // Nothing of it is data, so nobody is asked for a token.
  const script = await get(`${url}page.js`, REMOTE);
  expect(script).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } });
  const style = await get(`${url}page.css`, REMOTE);
  expect(style).toMatchObject({ status: 200, headers: { 'content-type': 'text/css; charset=utf-8' } });
});
