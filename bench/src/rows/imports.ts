import { execFile } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Experiment, Measurement, Row } from '../experiment.ts';

const run = promisify(execFile);
const CORE = new URL('../../../packages/core/', import.meta.url);

/** What a new process needs to import a module, in CPU time: of a process that does, less what it had used before. */
function importing(url: string): Measurement {
  const script = `
    const before = process.cpuUsage();
    await import(${JSON.stringify(url)});
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000);
  `;
  return {
    async measure() {
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
      return { import: Number(stdout) };
    },
  };
}

/** As it is published: compiled. */
async function telltale(): Promise<Measurement> {
  const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  await run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: fileURLToPath(CORE) });
  return importing(pathToFileURL(fileURLToPath(new URL('dist/index.js', CORE))).href);
}

const row = {
  what: "import '@telltale/core'",
  ours: 'telltale',
  figure: 'import',
  unit: 'ms',
} as const satisfies Partial<Row>;

export const experiment: Experiment = {
  name: 'import',
  file: import.meta.url,
  programs: {
    telltale,
    '@opentelemetry/sdk-node': async () => importing(import.meta.resolve('@opentelemetry/sdk-node')),
    'prom-client': async () => importing(import.meta.resolve('prom-client')),
    '@opentelemetry/api': async () => importing(import.meta.resolve('@opentelemetry/api')),
  },
  rows: [
    { ...row, peer: '@opentelemetry/sdk-node', budget: { ratio: 25 / 280 } },
    { ...row, peer: 'prom-client', budget: { ratio: 25 / 35 } },
    { ...row, peer: '@opentelemetry/api' },
  ],
  launches: 1,
  rounds: 11,
};
