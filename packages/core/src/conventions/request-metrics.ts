import { metricsAbout } from './metrics-about.ts';

const STARTED = ['http.request.method', 'url.scheme'];
const ENDED = [...STARTED, 'http.route', 'http.response.status_code', 'error.type'];

export const REQUEST_METRICS = metricsAbout('request', [
  [
    'http.server.request.duration',
    'histogram',
    's',
    'Time from the request to the first byte of its response.',
    ...ENDED,
  ],
  ['http.server.active_requests', 'upDownCounter', '{request}', 'Requests in flight.', ...STARTED],
  ['http.server.request.body.size', 'histogram', 'By', 'Size of request bodies.', ...ENDED],
  ['http.server.response.body.size', 'histogram', 'By', 'Size of response bodies.', ...ENDED],
  [
    'http.server.stream.duration',
    'histogram',
    's',
    'Time from the first byte of a streamed response, or the request for another protocol, to its end.',
    ...ENDED,
  ],
  [
    'http.server.active_streams',
    'upDownCounter',
    '{stream}',
    'Streamed responses and connections of other protocols that are open.',
    ...STARTED,
  ],
]);
