import type { IncomingMessage, ServerResponse } from 'node:http';

/** The stream of a response over HTTP/2, as far as it is needed. */
interface Http2Stream {
  /** 0: it ended as it should. */
  readonly rstCode: number;
  readonly errored: Error | null;
}

/** Whether a response that says so is finished: over HTTP/2, it says so whatever the reason for its end is. */
export function isFinished(response: ServerResponse): boolean {
  const stream = http2StreamOf(response);
  return stream === undefined || (stream.rstCode === 0 && response.writableEnded);
}

/** The connection, or the stream of HTTP/2, was ended by the other side, or broke; not by `response.destroy()` or `socket.destroy()`. */
export function isClientGone({ socket }: IncomingMessage, response: ServerResponse): boolean {
  const stream = http2StreamOf(response);
  if (stream !== undefined) return stream.rstCode !== 0 && (!stream.errored || isOfConnection(stream.errored));
  return socket.readableEnded || (socket.errored !== null && socket.errored !== response.errored);
}

/** The error that ended the response, if it was given one. */
export function errorOf(response: ServerResponse): Error | undefined {
  return response.errored ?? http2StreamOf(response)?.errored ?? undefined;
}

function http2StreamOf(response: ServerResponse): Http2Stream | undefined {
  const { stream } = response as { readonly stream?: Http2Stream };
  return typeof stream?.rstCode === 'number' ? stream : undefined;
}

/** What the network or the protocol failed with; errors that a service gives to `destroy` are others. */
function isOfConnection(error: NodeJS.ErrnoException): boolean {
  return error.syscall !== undefined || error.code?.startsWith('ERR_HTTP2_') === true;
}
