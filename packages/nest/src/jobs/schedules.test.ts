import { Injectable, Logger, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { ManualClock } from '@telltale/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { closeAll, closing } from './microservice.test-support.ts';
import { jobsOf, observing, remembering } from './observing-module.test-support.ts';

/** Crons tick when the test says so. */
const NEVER = '0 0 0 29 2 *';

afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

async function start({ telemetry }: ReturnType<typeof remembering>, ...providers: Provider[]) {
  @Module({ imports: [ScheduleModule.forRoot(), observing(telemetry)], providers })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false, abortOnError: false });
  closing(() => app.close());
  const registry = app.get(SchedulerRegistry);
  return { app, registry, tick: (name: string) => registry.getCronJob(name).fireOnTick() };
}

describe('a schedule', () => {
  it('makes each tick one job, named as it is or by its method', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const scene = remembering({ clock: new ManualClock() });
    @Injectable()
    class Nightly {
      @Cron(NEVER, { name: 'report' })
      async report(): Promise<void> {}

      @Interval(60_000)
      poll(): void {}

      @Interval('heartbeat', 90_000)
      beat(): void {}

      @Timeout(100_000)
      async warmUp(): Promise<void> {}

      notScheduled(): void {}
    }
    const { app, tick } = await start(scene, Nightly);
    await tick('report');
    app.get(Nightly).notScheduled();
    await vi.advanceTimersByTimeAsync(130_000);
    vi.useRealTimers();
    expect(await jobsOf(scene)).toEqual([
      'schedule report completed',
      'schedule Nightly.poll completed',
      'schedule heartbeat completed',
      'schedule Nightly.warmUp completed',
      'schedule Nightly.poll completed',
    ]);
    expect(scene.memory.spans[0]).toMatchObject({
      name: 'report',
      kind: 4,
      attributes: { 'job.queue': 'schedule', 'code.function.name': 'Nightly.report' },
    });
  });

  it('that fails has failed, though Nest only logs it', async () => {
    const scene = remembering();
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    @Injectable()
    class Broken {
      @Cron(NEVER, { name: 'rejected' })
      async rejected(): Promise<void> {
        throw new RangeError('no rows');
      }

      @Cron(NEVER, { name: 'thrown' })
      thrown(): void {
        throw new TypeError('no table');
      }
    }
    const { tick } = await start(scene, Broken);
    await tick('rejected');
    await tick('thrown');
    await vi.waitFor(() => expect(logged).toHaveBeenCalledTimes(2));
    logged.mockRestore();
    expect(await jobsOf(scene)).toEqual(['schedule rejected failed RangeError', 'schedule thrown failed TypeError']);
  });

  it('whose ticks overlap has as many jobs under way', async () => {
    const clock = new ManualClock();
    const scene = remembering({ clock });
    const waiting: (() => void)[] = [];
    @Injectable()
    class Slow {
      @Cron(NEVER, { name: 'slow' })
      slow(): Promise<void> {
        return new Promise((resolve) => waiting.push(resolve));
      }
    }
    const { tick } = await start(scene, Slow);
    void tick('slow');
    await clock.advance(5);
    void tick('slow');
    await scene.telemetry.flush();
    expect(scene.memory.value('job.active', { 'job.name': 'slow' })).toBe(2);
    await clock.advance(5);
    for (const finish of waiting) finish();
    await vi.waitFor(async () => expect(await jobsOf(scene)).toHaveLength(2));
    expect(scene.memory.value('job.active')).toBe(0);
    expect(scene.memory.spans.map(({ startTime, endTime }) => endTime - startTime)).toEqual([10, 5]);
  });

  it('begins a trace with each tick, in which its work is', async () => {
    const scene = remembering();
    const { telemetry } = scene;
    @Injectable()
    class Nightly {
      @Cron(NEVER, { name: 'report' })
      async report(): Promise<void> {
        await telemetry.span('query', async () => {});
      }
    }
    const { tick } = await telemetry.span('start up', () => start(scene, Nightly));
    await telemetry.span('by hand', () => tick('report'));
    await tick('report');
    await telemetry.flush();
    const { spans } = scene.memory;
    const ticks = spans.filter(({ name }) => name === 'report');
    for (const span of ticks) expect(span).not.toHaveProperty('parentSpanId');
    expect(spans.filter(({ name }) => name === 'query').map(({ parentSpanId }) => parentSpanId)).toEqual(
      ticks.map(({ spanId }) => spanId),
    );
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(4);
  });

  it('is observed as well when it is inherited, or its provider made by a factory or given', async () => {
    const scene = remembering();
    class Base {
      @Interval('base', 3_600_000)
      run(): void {}
    }
    @Injectable()
    class Child extends Base {
      @Cron(NEVER, { name: 'child' })
      own(): void {}
    }
    class Made {
      @Cron(NEVER, { name: 'made' })
      made(): void {}
    }
    class Given {
      @Cron(NEVER, { name: 'given' })
      given(): void {}
    }
    const providers = [
      Child,
      { provide: 'made', useFactory: () => new Made() },
      { provide: 'given', useValue: new Given() },
    ];
    const { app, tick } = await start(scene, ...providers);
    for (const name of ['child', 'made', 'given']) await tick(name);
    app.get(Child).run();
    expect(await jobsOf(scene)).toEqual([
      'schedule child completed',
      'schedule made completed',
      'schedule given completed',
      'schedule base completed',
    ]);
    expect(scene.memory.spans.at(-1)?.attributes['code.function.name']).toBe('Child.run');
  });

  it('of another application with the same class writes to that one', async () => {
    const scenes = [remembering(), remembering()] as const;
    @Injectable()
    class Nightly {
      @Cron(NEVER, { name: 'report' })
      report(): void {}
    }
    const first = await start(scenes[0], Nightly);
    const second = await start(scenes[1], Nightly);
    await first.tick('report');
    await second.tick('report');
    await second.tick('report');
    expect(await jobsOf(scenes[0])).toHaveLength(1);
    expect(await jobsOf(scenes[1])).toHaveLength(2);
  });
});
