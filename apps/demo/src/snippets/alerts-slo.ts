import { slo } from '@telltale/alerts';

export const rules = [
  // 99.9 % of all requests, by service.
  ...slo({ name: 'Availability', objective: 0.999 }),

  // 99 % of the jobs of each queue do not fail for good.
  ...slo({
    name: 'Jobs',
    objective: 0.99,
    bad: { metric: 'job.duration', where: { 'job.outcome': 'failed' } },
    of: { metric: 'job.duration', where: { 'job.outcome': ['completed', 'failed'] } },
    by: ['service.name', 'job.queue'],
    atLeast: 50,
  }),
];
