import { metricsAbout } from './metrics-about.ts';

const JOB = ['job.queue', 'job.name'];

export const JOB_METRICS = metricsAbout('job', [
  ['job.duration', 'histogram', 's', 'Time from the start of a job to its end.', ...JOB, 'job.outcome', 'error.type'],
  ['job.wait.duration', 'histogram', 's', 'Time for which a job was ready before it was taken up.', ...JOB],
  ['job.chunk.duration', 'histogram', 's', 'Time a job took for one of its chunks.', ...JOB],
  ['job.started', 'counter', '{job}', 'Jobs taken up, each attempt counted.', ...JOB],
  ['job.active', 'upDownCounter', '{job}', 'Jobs running.', ...JOB],
  ['job.retries', 'counter', '{retry}', 'Tries after a failed one.', ...JOB],
  [
    'job.attempts',
    'histogram',
    '{attempt}',
    'Attempts that a job took until it completed or failed for good.',
    ...JOB,
    'job.outcome',
  ],
  ['job.records', 'counter', '{record}', 'Records that jobs handled.', ...JOB, 'job.stage'],
  ['job.io', 'counter', 'By', 'Bytes that jobs read and wrote.', ...JOB, 'io.direction'],
  ['job.api_calls', 'counter', '{call}', 'Calls of other APIs by jobs.', ...JOB, 'api.type'],
  ['job.progress', 'gauge', '1', 'How much of the job is done, from 0 to 1.', ...JOB],
  [
    'job.throughput',
    'gauge',
    '{record}/s',
    'Records per second of a job since its start: of one that runs, or of the last one.',
    ...JOB,
    'job.stage',
  ],
  ['job.cpu.time', 'counter', 's', 'CPU time of the process while jobs ran.', ...JOB, 'cpu.mode'],
  [
    'job.cpu.utilization',
    'gauge',
    '1',
    'CPU time of the process per second of a job: near 0 it waits, near 1 it computes.',
    ...JOB,
  ],
  ['job.memory.peak', 'gauge', 'By', 'Largest memory of the process while a job runs, or ran.', ...JOB],
  ['job.enqueued', 'counter', '{job}', 'Jobs put into a queue.', ...JOB],
  ['job.stalled', 'counter', '{job}', 'Jobs whose worker fell silent.', 'job.queue'],
  [
    'job.lock_renewal_failures',
    'counter',
    '{failure}',
    'Locks of running jobs that could not be renewed: another worker may take the job up.',
    'job.queue',
  ],
]);
