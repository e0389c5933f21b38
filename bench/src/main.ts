/** `pnpm bench [FILTER…] [--json FILE]`: measures Telltale against its peers and prints a table. README.md says how to read it. */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Experiment, Row } from './experiment.ts';
import { measure } from './harness.ts';
import { type Result, resultOf } from './result.ts';
import { experiment as api } from './rows/api.ts';
import { experiment as bullmq } from './rows/bullmq.ts';
import { experiment as bullmqQueues } from './rows/bullmq-queues.ts';
import { experiment as bullmqRedis } from './rows/bullmq-redis.ts';
import { experiment as counter } from './rows/counters.ts';
import { experiment as dashboard } from './rows/dashboard.ts';
import { experiment as exporters } from './rows/exporters.ts';
import { experiment as express } from './rows/express.ts';
import { experiment as histogram } from './rows/histograms.ts';
import { experiment as httpCalls } from './rows/http-calls.ts';
import { experiment as imports } from './rows/imports.ts';
import { experiment as lambda } from './rows/lambda.ts';
import { experiment as memory } from './rows/memory.ts';
import { experiment as nestExpress } from './rows/nest-express.ts';
import { experiment as nestFastify } from './rows/nest-fastify.ts';
import { experiment as runtime } from './rows/runtime.ts';
import { experiment as scrape } from './rows/scrape.ts';
import { experiment as span } from './rows/spans.ts';
import { tableOf } from './table.ts';

const EXPERIMENTS: readonly Experiment[] = [
  counter,
  histogram,
  api,
  memory,
  scrape,
  span,
  express,
  nestExpress,
  nestFastify,
  httpCalls,
  bullmq,
  bullmqRedis,
  bullmqQueues,
  exporters,
  dashboard,
  lambda,
  runtime,
  imports,
];

const { values, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});

if (values.help === true) {
  console.log('pnpm bench [FILTER…] [--json FILE]\n\nRows whose experiment, text or peer contains a FILTER:\n');
  for (const { name, rows } of EXPERIMENTS)
    for (const { what, peer } of rows) console.log(`${name}: ${what} / ${peer}`);
  process.exit();
}

const began = performance.now();
const results: Result[] = [];
for (const experiment of EXPERIMENTS) {
  const rows = experiment.rows.filter((row) => isWanted(experiment, row));
  if (rows.length === 0) continue;
  progress(`measuring ${experiment.name} …`);
  const names = Object.keys(experiment.programs).filter((name) =>
    rows.some(({ ours, peer, added }) => [ours, peer, added].includes(name)),
  );
  const measured = await measure(experiment, names);
  results.push(...rows.map((row) => resultOf(experiment, row, measured)));
  for (const [name, failure] of measured.failures) console.error(`${experiment.name}, ${name}: ${failure}\n`);
}
progress('');
if (results.length === 0) {
  console.error(`No row contains ${filters.join(' or ')}; pnpm bench --help lists them.`);
  process.exit(1);
}

console.log(tableOf(results));
const met = results.filter(({ verdict, budget }) => verdict === 'ok' && budget !== undefined).length;
const judged = results.filter(({ budget }) => budget !== undefined).length;
const seconds = Math.round((performance.now() - began) / 1000);
const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`;
console.log(`\n${met} of ${judged} budgets met. ${machine}. ${seconds} s.`);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ machine, seconds, results }, null, 2)}\n`);
if (results.some(({ verdict }) => verdict === 'failed')) process.exitCode = 1;

function isWanted({ name }: Experiment, { what, peer }: Row): boolean {
  const text = `${name} ${what} ${peer}`.toLowerCase();
  return filters.length === 0 || filters.some((filter) => text.includes(filter.toLowerCase()));
}

/** One line that is written over; only where someone watches. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
