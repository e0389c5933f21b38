import { readyAt, startsOf } from './job-times.ts';
import { type Notes, notesIn } from './notes.ts';
import type { SampledJob, SampledQueue } from './sampled-queue.ts';

/** Milliseconds for which a delayed job may be late: workers are about to wake up for it. */
const GRACE = 1000;
/** How far from the end of a queue a job is looked for of which it is known since when it is ready. */
const MAX_LOOKS = 4;

/** How many of the delayed jobs should be ready by now. */
export async function overdueIn(queue: SampledQueue, delayed: number, now: number): Promise<number> {
  if (delayed === 0) return 0;
  // BullMQ 6 counts those before a time. 5 does not, but has them in the order of their times.
  if (queue.getDelayedCount.length > 0) return queue.getDelayedCount(now - GRACE);
  const isOverdue = async (at: number): Promise<boolean> => {
    const [job] = await jobsAt(queue, 'delayed', [at]);
    return job !== undefined && dueAt(job) < now - GRACE;
  };
  let [overdue, beyond] = [0, 1];
  while (beyond <= delayed && (await isOverdue(beyond - 1))) {
    overdue = beyond;
    beyond *= 2;
  }
  beyond = Math.min(beyond, delayed + 1);
  while (beyond - overdue > 1) {
    const middle = (overdue + beyond) >> 1;
    if (await isOverdue(middle - 1)) overdue = middle;
    else beyond = middle;
  }
  return overdue;
}

/**
 * Seconds since the job that is ready for longest is ready; 0 when none is, `undefined` when it is not known of any. Looks at the ends of what
 * BullMQ keeps in order, so of jobs that others overtake it may miss some: among `lifo` jobs and others, with priorities between the first and the
 * last.
 */
export async function oldestReady(
  queue: SampledQueue,
  depth: Readonly<Record<string, number>>,
  overdue: number,
  now: number,
): Promise<number | undefined> {
  const { waiting = 0, prioritized = 0 } = depth;
  if (waiting === 0 && prioritized === 0 && overdue === 0) return 0;
  const since = [
    ...(waiting > 0 ? await sinceInWaiting(queue, waiting) : []),
    ...(prioritized > 0 ? await sinceInPrioritized(queue, prioritized) : []),
    ...(overdue > 0 ? (await jobsAt(queue, 'delayed', [0])).map(dueAt) : []),
  ].filter((time) => time !== undefined);
  return since.length === 0 ? undefined : Math.max(0, now - Math.min(...since)) / 1000;
}

/** At both ends: jobs may be taken up from either, and the stores of BullMQ do not agree on which is the first. */
async function sinceInWaiting(queue: SampledQueue, count: number): Promise<(number | undefined)[]> {
  const since: (number | undefined)[] = [];
  for (let at = 0; at < MAX_LOOKS; at++) {
    const jobs = await jobsAt(queue, 'waiting', [at, count - 1 - at]);
    const found = jobs.map(waitsSince);
    since.push(...found);
    if (2 * (at + 1) >= count || !found.includes(undefined)) break;
  }
  return since;
}

/** The first of the jobs that come next, and the first of those that come last. */
async function sinceInPrioritized(queue: SampledQueue, count: number): Promise<(number | undefined)[]> {
  const ends = await jobsAt(queue, 'prioritized', [0, count - 1]);
  const [first, last] = [ends[0], ends.at(-1)];
  const since = ends.slice(0, 1).map(waitsSince);
  const priority = last?.priority;
  if (priority !== undefined && priority !== first?.priority && typeof queue.getCountsPerPriority === 'function') {
    const { [priority]: ofIt = 0 } = await queue.getCountsPerPriority([priority]);
    since.push(...(await jobsAt(queue, 'prioritized', [Math.max(0, count - ofIt)])).map(waitsSince));
  }
  return since;
}

/** The jobs at these places, as far as they are still there. */
async function jobsAt(queue: SampledQueue, state: string, places: readonly number[]): Promise<SampledJob[]> {
  const valid = [...new Set(places)].filter((at) => at >= 0);
  const found = await Promise.all(valid.map((at) => queue.getJobs([state], at, at, true)));
  return found.flat().filter((job) => job !== undefined && job !== null);
}

/** Of a job that was started before: if its worker has not noted when it was ready again, not before that start. */
function waitsSince(job: SampledJob): number | undefined {
  return readyAt(job, startsOf(job, false) + 1, notesOf(job)) ?? job.processedOn;
}

/** Of a job that was started before: not before that start and its back-off. */
function dueAt(job: SampledJob): number {
  return readyAt(job, startsOf(job, false) + 1, notesOf(job)) ?? (job.processedOn ?? job.timestamp) + (job.delay ?? 0);
}

function notesOf({ opts }: SampledJob): Notes | undefined {
  return notesIn(opts.telemetry?.metadata);
}
