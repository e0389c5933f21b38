import type { Frame, History, TraceDetail } from '../../../src/frame.ts';
import { type ConnectionParts, Refused, type SocketLike } from './connection.ts';

/** Longer is no answer. */
const TIMEOUT_MS = 5_000;

/** Addresses are relative to the page's: it may be mounted anywhere. */
function address(path: string): URL {
  return new URL(path, document.baseURI);
}

/** Rejects with `Refused` without a token, and with an error of its status else. */
async function fetchJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(address(path), {
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    credentials: 'same-origin',
    cache: 'no-store',
  });
  if (response.status === 401 || response.status === 403) throw new Refused();
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return (await response.json()) as T;
}

/** Undefined when the service keeps it no longer. */
export async function fetchTrace(traceId: string, signal: AbortSignal): Promise<TraceDetail | undefined> {
  try {
    return await fetchJson<TraceDetail>(`api/traces/${encodeURIComponent(traceId)}`, signal);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('404')) return undefined;
    throw error;
  }
}

/** The connection's parts in a browser. */
export const browserParts: ConnectionParts = {
  openSocket(): SocketLike {
    const url = address('live');
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    const like: SocketLike = { onmessage: null, onclose: null, close: () => socket.close() };
    socket.onmessage = (event) => like.onmessage?.(event);
    socket.onclose = () => like.onclose?.();
    return like;
  },
  fetchFrame: (signal) => fetchJson<Frame>('api/frame', signal),
  fetchHistory: (signal) => fetchJson<History>('api/history', signal),
  schedule(callback, seconds) {
    const timer = setTimeout(callback, seconds * 1_000);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
