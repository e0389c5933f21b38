/** Metrics that several dashboards show. */
export const REQUEST = 'http.server.request.duration';
export const JOB = 'job.duration';
export const CALL = 'boundary.call.duration';
export const TASK = 'worker_pool.task.duration';

/** What of requests is a failure: 4xx are the caller's. */
export const FAILED = { 'http.response.status_code': '5*' };
/** Seconds from which on an answer is late, and too late. */
export const SLOW: readonly [number, number] = [0.5, 1];
