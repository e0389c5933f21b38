/**
 * Runs opentelemetry-js's own tests, as far as they see an SDK from outside, with Telltale in the SDK's place.
 *
 *   pnpm conformance:opentelemetry PATH [PART]        or OPENTELEMETRY_SOURCE=PATH
 *
 * PATH is a checkout of https://github.com/open-telemetry/opentelemetry-js, or its git directory; `differences.ts` is for 2.10. Nothing of it is
 * kept. With PART, only the test files with that in their path are run. What is not under test (readers, processors, exporters, assertions) is
 * theirs, from the same sources. Ends with 0 when all that fails is in `differences.ts`, and all that is there fails.
 */
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { type Outcome, reportFile } from '../../../scripts/conformance-report.ts';
import { fail, install, sourcesGiven, temporaryFolder } from '../../../scripts/conformance-sources.ts';
import { DIFFERENCES } from './differences.ts';
import { sourcesPlugin } from './sources-plugin.ts';
import { REPLACEMENTS, SUITES, type Suite } from './suites.ts';

/** What their packages take from the registry and the suites need, and the package of theirs that says which version. */
const LIBRARIES = [
  ['sinon', 'packages/sdk-metrics'],
  ['opentracing', 'packages/opentelemetry-shim-opentracing'],
  ['@opencensus/core', 'experimental/packages/shim-opencensus'],
  ['require-in-the-middle', 'experimental/packages/shim-opencensus'],
] as const;
/** Of a message. Enough to see what is wrong: a comparison of two objects may fill pages. */
const MAX_LINES = 24;
const WANTED = ['api', 'semantic-conventions', 'packages', 'experimental/packages'];

const folder = temporaryFolder();
const checkout = sourcesGiven(
  {
    script: 'conformance:opentelemetry',
    project: 'opentelemetry-js',
    variable: 'OPENTELEMETRY_SOURCE',
    marker: 'packages/sdk-metrics/test/Instruments.test.ts',
    paths: WANTED,
  },
  folder,
);
// Beside what is installed for the run; without what a checkout's own installation and its compiler's settings would change.
const root = join(folder, 'sources');
for (const path of WANTED.filter((one) => existsSync(join(checkout, one)))) {
  cpSync(join(checkout, path), join(root, path), {
    recursive: true,
    filter: (file) => !/\/(node_modules|tsconfig[^/]*\.json)$/.test(file),
  });
}
// Their build writes these.
for (const description of globSync('{packages,experimental/packages}/*/package.json', { cwd: root })) {
  const { version } = descriptionAt(description);
  const target = join(root, dirname(description), 'src');
  if (existsSync(target)) writeFileSync(join(target, 'version.ts'), `export const VERSION = '${version}';\n`);
}
install(
  LIBRARIES.flatMap(([name, from]) => libraryOf(name, from)),
  folder,
);
const chosen = SUITES.flatMap(filesOf).filter((file) => file.includes(process.argv[3] ?? ''));
const missing = chosen.filter((file) => !existsSync(join(root, file)));
const unexpected = report(await run());
process.exit(unexpected === 0 ? 0 : 1);

interface PackageDescription {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function descriptionAt(path: string): PackageDescription {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as PackageDescription;
}

function libraryOf(name: string, from: string): readonly string[] {
  if (!existsSync(join(root, from))) return [];
  const { dependencies = {}, devDependencies = {} } = descriptionAt(`${from}/package.json`);
  const range = devDependencies[name] ?? dependencies[name];
  if (range === undefined) fail(`${from} has no ${name} any more. Mend LIBRARIES in ${import.meta.filename}.`);
  return [`${name}@${range}`];
}

interface Run {
  /** By test file. */
  readonly outcomes: ReadonlyMap<string, readonly Outcome[]>;
  readonly unhandled: readonly string[];
}

function filesOf({ folder: of, tests }: Suite): readonly string[] {
  return tests.map((test) => `${of}/${test}`);
}

async function run(): Promise<Run> {
  const outcomes = new Map<string, readonly Outcome[]>();
  const vitest = await startVitest(
    'test',
    [],
    {
      root: folder,
      config: false,
      watch: false,
      include: chosen.map((file) => `sources/${file}`),
      setupFiles: [fileURLToPath(new URL('./mocha.ts', import.meta.url))],
      reporters: [{}],
      silent: true,
      // mocha's limit, times what two cores with other work to do may need.
      testTimeout: 10_000,
      dangerouslyIgnoreUnhandledErrors: true,
    },
    { plugins: [sourcesPlugin(root, SUITES, REPLACEMENTS)] },
  );
  for (const file of vitest.state.getTestModules()) {
    const errors = file.errors().map(({ message }) => ({ title: 'could not run', passed: false, message }));
    const tests = [...file.children.allTests()].map((test) => {
      const { state, errors: why } = test.result();
      return { title: test.fullName, passed: state === 'passed', message: why?.map(firstLines).join('\n') ?? state };
    });
    outcomes.set(relative(root, file.moduleId), [...errors, ...tests]);
  }
  const unhandled = vitest.state.getUnhandledErrors().map((error) => `FAILED outside of the tests: ${String(error)}`);
  await vitest.close();
  return { outcomes, unhandled };
}

function firstLines({ message, stack = '' }: { readonly message: string; readonly stack?: string }): string {
  const lines = message.trim().split('\n');
  const shown = lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), '…'] : lines;
  const at = stack.split('\n').find((line) => line.includes('.test.ts'));
  return [...shown, ...(at === undefined ? [] : [at.replace(`${root}/`, '')])].join('\n');
}

/** Prints, and counts what is not as it should be. */
function report({ outcomes, unhandled }: Run): number {
  const lines: string[] = [];
  const all = { passed: 0, failed: 0, unexpected: unhandled.length };
  for (const group of new Set(SUITES.map((suite) => suite.group))) {
    const reports = SUITES.filter((suite) => suite.group === group)
      .flatMap(filesOf)
      .filter((file) => outcomes.has(file))
      .map((file) => reportFile(file, outcomes.get(file) ?? [], DIFFERENCES));
    if (reports.length === 0) continue;
    const sum = (key: keyof typeof all): number => reports.reduce((total, one) => total + one[key], 0);
    lines.push(...reports.flatMap((one) => one.lines), `${group}: ${sum('passed')} passed, ${sum('failed')} failed\n`);
    all.passed += sum('passed');
    all.failed += sum('failed');
    all.unexpected += sum('unexpected');
  }
  lines.push(
    ...unhandled,
    ...missing.map((file) => `not in these sources: ${file}`),
    `Tests of opentelemetry-js ${descriptionAt('packages/sdk-metrics/package.json').version} on Telltale: ${all.passed} passed, ${all.failed} failed, ${all.unexpected} not as expected`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  return all.passed === 0 ? Math.max(all.unexpected, 1) : all.unexpected;
}
