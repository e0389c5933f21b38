import { connect } from 'node:net';
import type { Wire } from './send-lines.ts';

/**
 * A connection for one call. Lines end with a line break. After the last one we end our side and wait until the daemon ends its own, which it does when it
 * has read everything; anything else leaves in doubt what it has.
 */
export async function tcpWire(host: string, port: number, signal: AbortSignal): Promise<Wire> {
  const socket = connect({ host, port });
  socket.unref();
  let fail = (_error: Error): void => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  socket.on('error', fail);
  const onAbort = (): void => fail(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const close = (): void => {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  };
  // Whatever the daemon says is not read by anyone, but must not keep its end from coming.
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  closed.then(() => fail(new Error('the connection was closed')));
  try {
    await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), failed]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    stream: true,
    send: async (body, last) => {
      const written = new Promise<void>((resolve, reject) => {
        socket.write(Buffer.concat([body, Buffer.from('\n')]), (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([written, failed]);
      if (!last) return;
      socket.end();
      const ended = new Promise<void>((resolve) => socket.once('end', resolve));
      await Promise.race([ended, failed]);
    },
    close,
  };
}
