import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Access, AccessRules } from './access.ts';
import type { Viewers } from './viewers.ts';

/** Bytes of a message: none is expected. */
const MAX_MESSAGE_BYTES = 1024;

/** Accepts the WebSockets of viewers. */
export class LiveSocket {
  private readonly access: AccessRules;
  private readonly viewers: Viewers;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });

  constructor(access: AccessRules, viewers: Viewers) {
    this.access = access;
    this.viewers = viewers;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Nobody else listens: an error without a listener ends the process.
    socket.on('error', () => {});
    const access = this.access.ofData(request);
    const status = access === 'open' ? (this.viewers.isFull ? 503 : undefined) : statusOf(access);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (viewer) => {
      const { server } = request.socket as { readonly server?: Server };
      this.viewers.add(viewer, server);
    });
  }
}

function statusOf(access: Exclude<Access, 'open'>): number {
  if (access === 'foreign') return 403;
  return typeof access === 'object' ? 429 : 401;
}
