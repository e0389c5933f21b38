import { fileURLToPath } from 'node:url';
import { gather } from '@telltale/gather';
import type { Job } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { onEachFlavour, type Scene } from './scene.test-support.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}-processor.test-support.ts`, import.meta.url));

const TIMEOUT = { timeout: 20_000, interval: 20 };

const KINDS = [
  ['in a process', false],
  ['in a thread', true],
] as const;

// What it is about happens between processes; the stores know nothing of it.
const STORE = 'redis';

onEachFlavour(
  'a sandboxed processor',
  (newScene) => {
    describe.each(KINDS)('%s', (_, useWorkerThreads) => {
      it('runs in the span of its attempt, whichever try it is, with baggage, and the queue keeps what it had', async () => {
        const scene = newScene();
        const { telemetry, memory, queue, outcomes, spans, until } = scene;
        const jobs = queue();
        const request = telemetry.request({ method: 'POST', headers: { baggage: 'tenant=acme' } });
        const added = await request.run(() => jobs.add('flaky', { thing: 1 }, { attempts: 2 }));
        request.end({ status: 201 });
        const optionsOf = async () => (await jobs.getJob(added.id as string))?.opts;
        const stored = await optionsOf();
        const worker = scene.worker(fileOf('observed'), { useWorkerThreads });
        const notes: unknown[] = [];
        worker.on('failed', (_job, { message }) => notes.push(JSON.parse(message)));
        worker.on('completed', (_job: Job, { note }) => notes.push(note));
        await until(() => expect(outcomes()).toEqual({ retried: 1, completed: 1 }));
        await until(() => expect(spans('process')).toHaveLength(2));
        const carried = spans('process').map(({ traceId, spanId }) => ({
          traceparent: `00-${traceId}-${spanId}-01`,
          baggage: 'tenant=acme',
        }));
        expect(notes).toEqual(carried);
        expect(spans('process').map(({ links }) => links.length)).toEqual([0, 1]);
        expect(await optionsOf()).toEqual(stored);
        expect(memory.value('job.duration', { 'job.name': 'flaky' })).toBe(2);
      });

      it('has what it records exported by the process of its worker, each once, also when it is ended right after', async () => {
        const scene = newScene({ telemetry: { gather: gather() } });
        const { memory, outcomes, spans, until } = scene;
        const total = 12;
        const formats = ['png', 'webp', 'webp'];
        const jobs = Array.from({ length: total }, (_, i) => ({ name: 'draw', data: { format: formats[i % 3] } }));
        await scene.queue().addBulk(jobs);
        const worker = scene.worker(fileOf('gathering'), { useWorkerThreads, concurrency: useWorkerThreads ? 1 : 2 });
        const { promise: done, resolve: finish } = Promise.withResolvers<void>();
        let completed = 0;
        worker.on('completed', () => {
          if (++completed === total) finish();
        });
        await done;
        // Ends the processes and threads.
        await worker.close();
        await scene.telemetry.flush();
        expect(outcomes()).toEqual({ completed: total });
        expect(memory.value('thumbnails', { format: 'png' })).toBe(total / 3);
        expect(memory.value('thumbnails', { format: 'webp' })).toBe((total / 3) * 2);
        expect(memory.value('boundary.call.duration', { 'boundary.to': 'storage' })).toBe(total);
        expect(memory.value('job.started')).toBe(total);
        await until(() => expect(spans('process')).toHaveLength(total));
        const calls = memory.spans.filter(({ name }) => name === 'storage put');
        expect(calls.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(
          spans('process')
            .map(({ spanId }) => spanId)
            .sort(),
        );
      });

      it('gives results, errors, progress and logs as it does without the adapter', async () => {
        // The last one takes its process or thread along.
        const names = ['long', 'refused', 'busy', 'text', 'flaky', 'dies'];
        const told = async (file: string, observed: boolean): Promise<unknown[]> => {
          const scene: Scene = newScene();
          const jobs = scene.queue({ traces: observed });
          const worker = scene.worker(fileOf(file), { useWorkerThreads, observed, traces: observed });
          const news: unknown[] = [];
          worker.on('progress', ({ name }, progress) => news.push([name, progress]));
          worker.on('failed', (job, error) => {
            const { name, message, stack = '', ...rest } = error;
            const shown = job?.name === 'flaky' ? 'flaky' : message;
            news.push([job?.name, job?.attemptsMade, name, shown, /^\w+/.exec(stack)?.[0], rest]);
          });
          worker.on('completed', ({ name, attemptsMade }, { note, ...result }) =>
            news.push([name, attemptsMade, result]),
          );
          for (const name of names) await jobs.add(name, { of: name }, { attempts: name === 'dies' ? 1 : 2 });
          await vi.waitFor(async () => {
            const { completed = 0, failed = 0 } = await jobs.getJobCounts('completed', 'failed');
            expect(completed + failed).toBe(names.length);
          }, TIMEOUT);
          const logs = await Promise.all(
            (await jobs.getJobs('completed')).map(({ id }) => jobs.getJobLogs(id as string)),
          );
          news.push(logs.flatMap((log) => log.logs));
          return news;
        };
        const plain = await told('plain', false);
        expect(plain).toContainEqual(['long', 40]);
        expect(plain).toContainEqual([
          'busy',
          2,
          'Error',
          'busy',
          'TypeError',
          { code: 'EBUSY', where: { of: 'busy' } },
        ]);
        expect(await told('observed', true)).toEqual(plain);
      });
    });
  },
  STORE,
);
