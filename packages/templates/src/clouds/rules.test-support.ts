import { type AlertRule, slo } from '@telltale/alerts';

const REQUESTS = 'http.server.request.duration';

/** One rule of each sort, with what is hard to say. */
export const HARD_RULES: readonly AlertRule[] = [
  { name: 'CounterTotal', when: { type: 'threshold', metric: 'job.stalled', is: '>', value: 10 }, summary: 'many' },
  {
    name: 'PatternOfAny',
    when: { type: 'rate', metric: REQUESTS, where: { 'http.route': '/admin/*' }, over: 300, is: '>', value: 1 },
    summary: 'admins',
  },
  {
    name: 'GaugeOfTwo',
    when: {
      type: 'threshold',
      metric: 'queue.depth',
      where: { 'job.state': ['waiting', 'delayed'] },
      aggregate: 'sum',
      is: '>=',
      value: 100,
    },
    summary: 'long queue',
  },
  {
    name: 'NoRequests',
    when: { type: 'absence', metric: REQUESTS, over: 600 },
    severity: 'critical',
    summary: 'silence',
  },
  {
    name: 'GoneQueue',
    when: { type: 'absence', metric: 'queue.workers', over: 600, by: ['service.name', 'job.queue'] },
    summary: 'gone',
  },
  {
    name: 'FewRequests',
    when: {
      type: 'rate',
      metric: REQUESTS,
      where: { 'http.request.method': ['GET', 'POST'] },
      over: 600,
      is: '<',
      value: 0.1,
    },
    for: 600,
    keepFiringFor: 300,
    summary: 'few',
  },
  {
    name: 'SlowGets',
    when: {
      type: 'percentile',
      metric: REQUESTS,
      where: { 'http.request.method': 'GET' },
      quantile: 0.999,
      over: 3600,
      is: '>=',
      value: 2,
    },
    severity: 'info',
    labels: { team: 'Payments & Co' },
    summary: `{{value}} "quoted" \${not} a [place]`,
    description: 'Back\\slash, %{directive}, «ünïcode»',
    runbook: 'https://example.com/runbook?a=1&b=2',
  },
  {
    name: 'ManyFailures',
    when: {
      type: 'ratio',
      part: { metric: REQUESTS, where: { 'error.type': true } },
      of: { metric: REQUESTS, where: { 'http.response.status_code': { not: 499 } } },
      over: 300,
      is: '>',
      value: 0.01,
    },
    summary: '{{value}} fail',
  },
  ...slo({
    name: 'Checkout',
    objective: 0.999,
    bad: { metric: REQUESTS, where: { 'http.response.status_code': '5*' } },
    of: { metric: REQUESTS },
  }),
];

/** Of an attribute of the service that exporters send only when told so. */
export const BY_HOST: AlertRule = {
  name: 'ByHost',
  when: { type: 'rate', metric: 'job.stalled', over: 300, is: '>', value: 0, by: ['service.name', 'host.name'] },
  summary: 'stalled on {{host_name}}',
};
