import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Frame, History, TraceDetail } from '../frame.ts';
import { fakeFrame, fakeHistory, fakeTrace } from './fake-frame.test-support.ts';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FILES: Readonly<Record<string, string>> = {
  '': 'text/html',
  'page.js': 'text/javascript',
  'page.css': 'text/css',
};

/** What it answers; tests change it while the page is open. */
export interface FakeBehaviour {
  frame: (time: number) => Frame;
  history: (time: number) => History;
  trace: (traceId: string) => TraceDetail | undefined;
  /** `refuse`: no WebSocket gets through; `mute`: they open and tell nothing. */
  sockets: 'answer' | 'refuse' | 'mute';
  /** `drop`: connections are cut, as those of a service that is down. */
  api: 'answer' | 'drop' | 'unauthorised';
}

/** Serves the built page below `/some/where/`, as a mounted dashboard would. */
export class FakeDashboard {
  readonly behaviour: FakeBehaviour = {
    frame: (time) => fakeFrame(time),
    history: (time) => fakeHistory(time, 600),
    trace: (traceId) => fakeTrace(traceId),
    sockets: 'answer',
    api: 'answer',
  };
  /** Paths that were asked for, and `live` for each WebSocket. */
  readonly asked: string[] = [];
  time = 1_800_000_000;
  private readonly http = createServer((request, response) => void this.answer(request, response));
  private readonly sockets = new WebSocketServer({ noServer: true });

  constructor() {
    this.http.on('upgrade', (request, socket, head) => {
      this.asked.push('live');
      if (this.behaviour.sockets === 'refuse' || this.behaviour.api === 'drop') {
        socket.destroy();
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => {
        if (this.behaviour.sockets === 'answer') this.send(client);
      });
    });
  }

  async listen(): Promise<string> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/some/where/`;
  }

  get viewers(): number {
    return this.sockets.clients.size;
  }

  /** A second has passed: all viewers get the next frame. */
  tick(): void {
    this.time++;
    for (const client of this.sockets.clients) this.send(client);
  }

  /** As when the service goes: all connections are cut. */
  cut(): void {
    for (const client of this.sockets.clients) client.terminate();
  }

  async close(): Promise<void> {
    this.cut();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }

  private send(client: WebSocket): void {
    client.send(JSON.stringify(this.behaviour.frame(this.time)));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/some\/where\//, '').replace(/\?.*/, '');
    this.asked.push(path);
    response.setHeader('content-security-policy', CSP);
    response.setHeader('x-content-type-options', 'nosniff');
    const type = FILES[path];
    if (type !== undefined) {
      response.setHeader('content-type', `${type}; charset=utf-8`);
      response.end(await readFile(new URL(`../../page/dist/${path === '' ? 'index.html' : path}`, import.meta.url)));
      return;
    }
    const { api } = this.behaviour;
    if (api === 'drop') {
      request.socket.destroy();
      return;
    }
    if (api === 'unauthorised') {
      response.writeHead(401).end();
      return;
    }
    // Whoever polls is told of a time that goes on.
    if (path === 'api/frame') json(response, this.behaviour.frame(++this.time));
    else if (path === 'api/history') json(response, this.behaviour.history(this.time));
    else if (path.startsWith('api/traces/')) json(response, this.behaviour.trace(decodeURIComponent(path.slice(11))));
    else response.writeHead(404).end();
  }
}

function json(response: ServerResponse, body: unknown): void {
  if (body === undefined) response.writeHead(404).end();
  else response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}
