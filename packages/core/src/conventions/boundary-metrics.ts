import { metricsAbout } from './metrics-about.ts';

const CALL = ['boundary.from', 'boundary.to', 'boundary.operation', 'boundary.protocol'];

export const BOUNDARY_METRICS = metricsAbout('boundary', [
  [
    'boundary.call.duration',
    'histogram',
    's',
    'Time of a call from one service to another, up to the first byte of the answer where that is known.',
    ...CALL,
    'http.response.status_code',
    'error.type',
  ],
  ['boundary.active_calls', 'upDownCounter', '{call}', 'Calls in flight.', ...CALL],
  ['boundary.io', 'counter', 'By', 'Bytes sent and received by calls.', ...CALL, 'io.direction'],
  [
    'boundary.cpu.time',
    'counter',
    's',
    'CPU time of calls: of their thread, or of the whole process while they ran alone.',
    ...CALL,
    'cpu.scope',
    'cpu.mode',
  ],
  [
    'boundary.cpu.utilization',
    'histogram',
    '1',
    'CPU time of a call by its duration: near 0 it waited, near 1 it computed.',
    ...CALL,
    'cpu.scope',
  ],
  [
    'boundary.cpu.unknown',
    'counter',
    '{call}',
    'Calls whose CPU time nobody knows, because other operations ran meanwhile.',
    ...CALL,
  ],
  [
    'boundary.call.sampling',
    'gauge',
    '{call}',
    'Of how many calls of a function one is timed, where that is not each.',
    ...CALL,
  ],
]);
