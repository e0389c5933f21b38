import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const QUEUED = Symbol('telltale.http.queued');

type QueueingSocket = Socket & { [QUEUED]?: Set<ServerResponse> };

/**
 * Calls `closed` when the connection ends, unless the response has ended before: of requests that were sent at once, only the response whose turn it
 * is emits `close` then, in Node 22.
 */
export function closeWithConnection(
  socket: Socket,
  response: ServerResponse,
  closed: (this: ServerResponse) => void,
): void {
  // Emulated requests have all sorts of things for a socket.
  if (typeof socket?.once !== 'function') return;
  const queue = queueOf(socket, closed);
  queue.add(response);
  response.once('close', () => queue.delete(response));
}

/** One listener for all responses of a connection, which may be many. */
function queueOf(socket: QueueingSocket, closed: (this: ServerResponse) => void): Set<ServerResponse> {
  const known = socket[QUEUED];
  if (known !== undefined) return known;
  const queue = new Set<ServerResponse>();
  socket[QUEUED] = queue;
  socket.once('close', () => {
    for (const response of queue) closed.call(response);
  });
  return queue;
}
