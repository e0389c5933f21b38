/**
 * Runs the test of BullMQ's telemetry interface, from BullMQ's sources, on the installed BullMQ with `bullmqTelemetry` behind the test's mocks.
 *
 *   pnpm conformance:bullmq PATH        or BULLMQ_SOURCE=PATH
 *
 * PATH is a checkout of https://github.com/taskforcesh/bullmq, or its git directory. Nothing of it is kept.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRedis } from '@telltale-internal/services';
import { startVitest } from 'vitest/node';
import { fail, install, sourcesGiven, temporaryFolder } from '../../../scripts/conformance-sources.ts';

const TEST = 'tests/telemetry_interface.test.ts';
const BRIDGE = fileURLToPath(new URL('./bridge.ts', import.meta.url));
/** Of the many `utils` of BullMQ's tests, those that this one uses. */
const UTILS = ['cleanup-queue', 'get-redis-client'];

/** What is replaced in the test, so that its mocks stand before the real thing. */
const REPLACEMENTS: readonly (readonly [string, string])[] = [
  ['this.tracer = new MockTracer();', 'const bridged = bridge(MockSpan, enableMetrics); this.tracer = bridged.tracer;'],
  ['this.contextManager = new MockContextManager();', 'this.contextManager = bridged.contextManager;'],
  ['this.meter = new MockMeter();', 'this.meter = bridged.meter(new MockMeter());'],
];

const folder = temporaryFolder();
const checkout = sourcesGiven(
  {
    script: 'conformance:bullmq',
    project: 'BullMQ',
    variable: 'BULLMQ_SOURCE',
    marker: TEST,
    paths: ['tests', 'package.json'],
  },
  folder,
);
const version = bringIn(checkout, folder);
const redis = await startRedis();
const passed: string[] = [];
const failed: string[] = [];
try {
  await run(redis.url);
} finally {
  await redis.stop();
}
for (const line of failed) process.stdout.write(`${line}\n`);
process.stdout.write(
  `${TEST} of BullMQ ${version}, on the installed BullMQ, with bullmqTelemetry: ${passed.length} passed, ${failed.length} failed\n`,
);
process.exit(failed.length === 0 && passed.length > 0 ? 0 : 1);

/** Copies the test, and installs the one library that only it needs. Returns the version of the sources. */
function bringIn(source: string, target: string): string {
  const text = readFileSync(join(source, TEST), 'utf8');
  const bridged = REPLACEMENTS.reduce((before, [from, to]) => {
    if (!before.includes(from))
      fail(`${TEST} has changed: it has no "${from}" any more. Mend REPLACEMENTS in ${import.meta.filename}.`);
    return before.replace(from, to);
  }, text);
  mkdirSync(join(target, 'tests/utils'), { recursive: true });
  writeFileSync(join(target, TEST), `import { bridge } from ${JSON.stringify(BRIDGE)};\n${bridged}`);
  for (const name of UTILS) cpSync(join(source, `tests/utils/${name}.ts`), join(target, `tests/utils/${name}.ts`));
  const { version: of, devDependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
    version: string;
    devDependencies: Record<string, string>;
  };
  install([`sinon@${devDependencies.sinon}`], target);
  return of;
}

async function run(redisUrl: string): Promise<void> {
  const here = fileURLToPath(new URL('./', import.meta.url));
  const vitest = await startVitest(
    'test',
    [],
    {
      root: folder,
      config: false,
      watch: false,
      include: [TEST],
      reporters: [{}],
      testTimeout: 20_000,
      fileParallelism: false,
    },
    {
      plugins: [
        {
          name: 'bullmq sources',
          enforce: 'pre',
          async resolveId(id, importer) {
            if (importer === undefined || !importer.startsWith(folder)) return undefined;
            // The sources are the package's own; what only they export, the module below has.
            if (/^(\.\.\/)+src\//.test(id)) return '\0bullmq';
            if (id.endsWith('/connection-factory')) return '\0connections';
            if (id === 'bullmq' || id === 'ioredis') return this.resolve(id, join(here, 'run.ts'));
            return undefined;
          },
          load(id) {
            const from = (name: string): string => JSON.stringify(import.meta.resolve(name));
            if (id === '\0bullmq') return `export * from ${from('bullmq')}; export { randomUUID } from 'node:crypto';`;
            if (id !== '\0connections') return undefined;
            return `import { Redis } from ${from('ioredis')};
              export const createTestConnection = () => new Redis(${JSON.stringify(redisUrl)}, { maxRetriesPerRequest: null });`;
          },
        },
      ],
    },
  );
  for (const file of vitest.state.getTestModules()) {
    for (const error of file.errors()) failed.push(`could not run: ${error.message}`);
    for (const test of file.children.allTests()) {
      const { state, errors } = test.result();
      if (state === 'passed') passed.push(test.fullName);
      else
        failed.push(`failed: ${test.fullName}\n    ${errors?.map(({ message }) => message).join('\n    ') ?? state}`);
    }
  }
  await vitest.close();
}
