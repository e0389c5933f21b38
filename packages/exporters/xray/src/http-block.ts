import { MAX_TEXT, MAX_URL } from './limits.ts';
import { cut } from './names.ts';
import type { HttpBlock } from './segment-document.ts';
import type { SpanValues } from './span-values.ts';

/** What X-Ray shows of an HTTP request: for one that was served also whose it was. */
export function httpBlock(values: SpanValues, served: boolean): HttpBlock | undefined {
  const method = values.text('http.request.method', 'http.method');
  if (method === undefined) return undefined;
  const url = urlOf(values);
  const agent = values.text('user_agent.original', 'http.user_agent');
  const client = served ? values.text('client.address', 'http.client_ip') : undefined;
  const status = values.number('http.response.status_code', 'http.status_code');
  const length = values.number('http.response.body.size', 'http.response_content_length');
  return {
    request: {
      method: cut(method, MAX_TEXT),
      ...(url !== undefined && { url: cut(url, MAX_URL) }),
      ...(agent !== undefined && { user_agent: cut(agent, MAX_TEXT) }),
      ...(client !== undefined && { client_ip: cut(client, MAX_TEXT) }),
    },
    ...((status !== undefined || length !== undefined) && {
      response: {
        ...(status !== undefined && { status }),
        ...(length !== undefined && { content_length: length }),
      },
    }),
  };
}

/** The address: whole where it is known, else as much of it as is. */
function urlOf(values: SpanValues): string | undefined {
  const whole = values.text('url.full', 'http.url');
  if (whole !== undefined) return whole;
  const path = values.text('url.path', 'http.target');
  if (path === undefined) return undefined;
  const query = values.text('url.query');
  const pathAndQuery = query === undefined ? path : `${path}?${query}`;
  const host = values.peek('server.address', 'http.host');
  const scheme = values.text('url.scheme', 'http.scheme') ?? 'http';
  if (host === undefined) return pathAndQuery;
  const port = values.peek('server.port');
  return `${scheme}://${host}${port === undefined ? '' : `:${port}`}${pathAndQuery}`;
}
