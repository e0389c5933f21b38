import type { IncomingMessage, ServerResponse } from 'node:http';

/** On everything that is answered: nothing is loaded from elsewhere, nothing is framed, nothing is told to others. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export const JSON_TYPE = 'application/json; charset=utf-8';
export const HTML_TYPE = 'text/html; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** What is data, or depends on who asks, is kept nowhere. */
export const NO_STORE: Readonly<Record<string, string>> = { 'Cache-Control': 'no-store' };

export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = NO_STORE,
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Type': type,
    'Content-Length': String(bytes.length),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** One sentence. */
export function say(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(request, response, status, TEXT_TYPE, `${text}\n`, { ...NO_STORE, ...headers });
}

export function redirect(
  request: IncomingMessage,
  response: ServerResponse,
  to: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(request, response, 303, TEXT_TYPE, '', { ...NO_STORE, ...headers, Location: to });
}
