import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { messageOf } from '@telltale/core';
import type { LiveBoard } from '../live-board.ts';
import { PAGE_FILES, readPageFile } from '../page-files.ts';
import type { Access, AccessRules } from './access.ts';
import { answer, HTML_TYPE, JSON_TYPE, NO_STORE, redirect, say } from './answers.ts';
import { isForeign } from './foreign-request.ts';
import { tokenOfForm } from './form-body.ts';
import { tokenPage } from './token-page.ts';

/** A request of `node:http`; Express and middie cut off where they mounted the handler, and say what was there. */
export type DashboardRequest = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown };

export type Next = (error?: unknown) => void;

const NOT_BUILT =
  'The page of @telltale/dashboard is not built. In a checkout of Telltale: node packages/dashboard/build-page.ts. Packages from npm bring it along.';

const TRACE = /^\/api\/traces\/([\da-f]{1,32})$/;

/** Answers what is asked below the mount; never throws. */
export class PageServer {
  private readonly board: LiveBoard;
  private readonly access: AccessRules;
  /** Someone asked without a token below this mount. */
  private readonly refused: (mount: string) => void;

  constructor(board: LiveBoard, access: AccessRules, refused: PageServer['refused']) {
    this.board = board;
    this.access = access;
    this.refused = refused;
  }

  /** `mount`: what the address begins with; `url`: what comes after. */
  async serve(
    request: DashboardRequest,
    response: ServerResponse,
    mount: string,
    url: string,
    next: Next | undefined,
  ): Promise<void> {
    const [path = '', ...query] = url.split('?');
    const search = query.join('?');
    // Addresses of the page's parts are relative, so that it works behind whatever changes its own.
    if (path === '')
      return redirect(request, response, `${mount.split('/').at(-1)}/${search === '' ? '' : `?${search}`}`);
    const isApi = path === '/api/frame' || path === '/api/history' || TRACE.test(path);
    if (!isApi && path !== '/live' && !Object.hasOwn(PAGE_FILES, path)) {
      if (next === undefined) say(request, response, 404, 'There is nothing here; the dashboard is one level up.');
      else next();
      return;
    }
    if (path === '/' && request.method === 'POST') return this.takeForm(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return say(request, response, 405, 'The dashboard is only read.', { Allow: 'GET, HEAD' });
    }
    if (path === '/live') {
      return say(request, response, 426, 'This is the address of a WebSocket.', { Upgrade: 'websocket' });
    }
    if (isApi) return this.serveData(request, response, mount, path);
    if (path === '/') return this.servePage(request, response, mount, new URLSearchParams(search));
    return this.serveFile(request, response, path);
  }

  private async serveData(
    request: IncomingMessage,
    response: ServerResponse,
    mount: string,
    path: string,
  ): Promise<void> {
    const access = this.access.ofData(request);
    if (access !== 'open') return this.refuse(request, response, mount, access);
    const { board } = this;
    const traceId = TRACE.exec(path)?.[1];
    if (traceId !== undefined) {
      const trace = board.traces.detail(traceId);
      if (trace === undefined) return say(request, response, 404, 'This trace is no longer kept.');
      return answer(request, response, 200, JSON_TYPE, JSON.stringify(trace));
    }
    const isFrame = path === '/api/frame';
    if (isFrame) board.polled();
    try {
      answer(request, response, 200, JSON_TYPE, isFrame ? await board.latest() : await board.historyText());
    } catch (error) {
      say(request, response, 503, `Metrics cannot be had now: ${messageOf(error)}`, { 'Retry-After': '1' });
    }
  }

  private async servePage(
    request: IncomingMessage,
    response: ServerResponse,
    mount: string,
    query: URLSearchParams,
  ): Promise<void> {
    const given = query.get('token');
    if (given !== null) {
      const access = this.access.given(request, given);
      if (access !== 'open') return this.showForm(request, response, mount, access);
      return redirect(request, response, './', this.cookie(request));
    }
    const access = this.access.ofPage(request);
    if (access !== 'open') return this.showForm(request, response, mount, access);
    return this.serveFile(request, response, '/');
  }

  private async takeForm(request: DashboardRequest, response: ServerResponse): Promise<void> {
    if (isForeign(request)) return this.refuse(request, response, '', 'foreign');
    const token = await tokenOfForm(request);
    const access = token === undefined ? 'no token' : this.access.given(request, token);
    if (access !== 'open') return this.showForm(request, response, '', access);
    redirect(request, response, './', this.cookie(request));
  }

  private async serveFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const file = PAGE_FILES[path];
    const bytes = file && (await readPageFile(file.name));
    if (file === undefined || bytes === undefined) return say(request, response, 503, NOT_BUILT);
    answer(request, response, 200, file.type, bytes, { 'Cache-Control': 'no-cache' });
  }

  private showForm(request: IncomingMessage, response: ServerResponse, mount: string, access: Access): void {
    if (typeof access === 'object') {
      this.refuse(request, response, mount, access);
      return;
    }
    if (access === 'no token') this.refused(mount);
    answer(request, response, 401, HTML_TYPE, tokenPage(access === 'wrong'), {
      ...NO_STORE,
      'WWW-Authenticate': 'Bearer realm="dashboard"',
    });
  }

  private refuse(request: IncomingMessage, response: ServerResponse, mount: string, access: Access): void {
    if (access === 'no token') this.refused(mount);
    if (access === 'foreign') say(request, response, 403, 'A page of another site asked for this.');
    else if (typeof access === 'object') {
      say(request, response, 429, 'Too many wrong tokens.', { 'Retry-After': String(access.wait) });
    } else {
      say(request, response, 401, 'This needs the token of the dashboard.', {
        'WWW-Authenticate': 'Bearer realm="dashboard"',
      });
    }
  }

  private cookie(request: IncomingMessage): Record<string, string> {
    const { token } = this.access;
    const { encrypted } = request.socket as Partial<TLSSocket>;
    return token === undefined ? {} : { 'Set-Cookie': token.cookie(encrypted === true) };
  }
}
