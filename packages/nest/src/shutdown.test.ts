import { type ChildProcess, spawn } from 'node:child_process';
import { Controller, Get, Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import nest from '@nestjs/core/package.json' with { type: 'json' };
import { createTelemetry, type Exporter, type FinishedSpan } from '@telltale/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TelemetryModule, type TelemetryModuleOptions } from './index.ts';
import { closeAll, platforms } from './observed-app.test-support.ts';

const PROGRAM = new URL('./shutdown-programs.test-support.ts', import.meta.url);
const ROOT = new URL('../../..', import.meta.url);
/** Which of the two versions the tests run on. */
const isNest11 = nest.version.startsWith('11.');

const children = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await closeAll();
});

/** A program of its own that serves one slow route. */
class Program {
  private readonly child: ChildProcess;
  private output = '';
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly lines: string[] }>;

  constructor(...args: readonly string[]) {
    const { NEST_11: _, ...env } = process.env;
    this.child = spawn(process.execPath, ['--import', '@oxc-node/core/register', PROGRAM.pathname, ...args], {
      cwd: ROOT,
      env: isNest11 ? { ...env, NEST_11: '1' } : env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.ended = new Promise((resolve) =>
      this.child.on('close', (code, signal) => resolve({ code, signal, lines: this.output.trim().split('\n') })),
    );
  }

  async wrote(text: string | RegExp): Promise<string> {
    await vi.waitFor(() => expect(this.output).toMatch(text), { timeout: 20_000 });
    return this.output;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

describe.skipIf(process.platform === 'win32')('SIGTERM to Nest', () => {
  /** Everything that was recorded, each thing once. */
  const delivered = ['closed', 'requests 1', 'span GET /', 'span SlowController.get'];

  /** What was written since the signal, in any order. */
  const told = (lines: readonly string[]) => lines.slice(lines.indexOf('handling') + 1).sort();

  async function endedWhileHandling(...args: readonly string[]) {
    const program = new Program(...args);
    const port = /port (\d+)\./.exec(await program.wrote(/port \d+\./))?.[1];
    const answer = fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then((one) => one.text());
    await program.wrote('handling');
    program.kill('SIGTERM');
    expect(await answer).toBe('answered');
    return program.ended;
  }

  it.each(platforms)(
    'delivers once, after the requests and hooks of the application, with its shutdown hooks on %s',
    async (platform) => {
      const { code, signal, lines } = await endedWhileHandling(platform, 'hooks', 'shutdown');
      // As Nest ends without telemetry.
      expect([code, signal]).toEqual([null, 'SIGTERM']);
      expect(told(lines)).toEqual(['application ends', ...delivered]);
      expect(lines.at(-1)).toBe('closed');
    },
  );

  it('delivers once without them', async () => {
    const { code, lines } = await endedWhileHandling('Express', 'no-hooks', 'shutdown');
    expect(code).toBe(0);
    expect(told(lines)).toEqual(delivered);
  });

  it('delivers once, by telemetry itself, when the module is told not to', async () => {
    const { code, lines } = await endedWhileHandling('Fastify', 'hooks', 'keep');
    expect(code).toBe(0);
    expect(told(lines)).toEqual(['application ends', ...delivered]);
  });
});

it('runs its programs on the version that it runs on itself', async () => {
  const program = new Program('Express', 'no-hooks', 'shutdown');
  await program.wrote(`nest ${nest.version}`);
});

describe.each(platforms)('app.close() of Nest on %s', (_platform, adapter) => {
  async function closed(options: TelemetryModuleOptions) {
    const events: string[] = [];
    const exporter: Exporter = {
      name: 'events',
      exportSpans: async (spans: readonly FinishedSpan[]) => void events.push(...spans.map(({ name }) => name)),
      shutdown: async () => void events.push('closed'),
    };
    const telemetry = createTelemetry({
      service: { name: 'test' },
      exporters: [exporter],
      shutdown: { signals: false },
    });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: handling, resolve: handled } = Promise.withResolvers<void>();
    @Controller()
    class SlowController {
      @Get()
      async get() {
        handled();
        await released;
        return 'answered';
      }

      onModuleDestroy() {
        telemetry.span('module ends', () => {});
        release();
      }

      onApplicationShutdown() {
        telemetry.span('application ends', () => {});
      }
    }
    @Global()
    @Module({})
    class GlobalModule {
      onApplicationShutdown() {
        telemetry.span('global module ends', () => {});
      }
    }
    // Nest ends global modules in the order of their import.
    @Module({ controllers: [SlowController], imports: [GlobalModule, TelemetryModule.forRoot(telemetry, options)] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, adapter(), { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const answer = fetch(await app.getUrl(), { headers: { connection: 'close' } }).then((one) => one.text());
    await handling;
    await app.close();
    expect(await answer).toBe('answered');
    return { events, telemetry };
  }

  it('ends telemetry last, with what requests in flight and hooks have recorded', async () => {
    const { events } = await closed({});
    expect(events.slice(0, -1).sort()).toEqual([
      'GET /',
      'SlowController.get',
      'application ends',
      'global module ends',
      'module ends',
    ]);
    expect(events.at(-1)).toBe('closed');
  });

  it('leaves it alone when told so', async () => {
    const { events, telemetry } = await closed({ shutdown: false });
    expect(events).not.toContain('closed');
    await telemetry.shutdown();
    expect(events.at(-1)).toBe('closed');
  });
});
