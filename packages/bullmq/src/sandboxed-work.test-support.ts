import type { SandboxedJob } from 'bullmq';

/** What sandboxed processors of the tests do, by the job's name. */
export async function sandboxedWork(job: SandboxedJob, note: () => unknown): Promise<unknown> {
  switch (job.name) {
    case 'flaky':
      if (job.attemptsMade === 0) throw new RangeError(JSON.stringify(note() ?? null));
      break;
    case 'refused':
      throw Object.assign(new Error('no such order'), { name: 'UnrecoverableError' });
    case 'busy':
      throw Object.assign(new TypeError('busy'), { code: 'EBUSY', where: job.data });
    case 'text':
      throw 'not an error';
    case 'dies':
      process.exit(7);
      break;
    case 'long':
      await job.updateProgress(40);
      await job.updateProgress({ step: 'last' });
      await job.log('done');
  }
  return { ...job.data, note: note() };
}
