import { readFile } from 'node:fs/promises';
import { checkPrices, messageOf, nearestOf, PRICES, type PriceOverrides } from '@telltale/core';
import { Command, InvalidArgumentError } from 'commander';
import { CostProblem } from '../cost/cost-problem.ts';
import { chargingBackends, costReport } from '../cost/cost-report.ts';
import { formatCost } from '../cost/format-cost.ts';
import { scrape } from '../cost/scrape.ts';
import { scrapedMetrics } from '../cost/scraped-metric.ts';

interface Options {
  readonly backend?: readonly string[];
  readonly interval: number;
  readonly instances: number;
  readonly requestsPerSecond: number;
  readonly spansPerSecond?: number;
  readonly eventsPerSecond?: number;
  readonly spansPerTrace: number;
  readonly freeAllowance?: true;
  readonly prices?: string;
  readonly json?: true;
}

const DEFAULT_URL = 'http://localhost:9464/metrics';

export function costCommand(): Command {
  return new Command('cost')
    .description(
      'Says what the metrics of a running service would cost a month at each backend, and which labels make them many.',
    )
    .argument('[url]', 'where the service serves its metrics to Prometheus', url, DEFAULT_URL)
    .option('--backend <names>', 'only these, with commas between them', backends)
    .option('--interval <seconds>', 'between exports of metrics', above(0), 60)
    .option('--instances <n>', 'how many such processes there are', whole, 1)
    .option(
      '--requests-per-second <n>',
      'that an instance serves: each is taken to be a span and an event',
      above(-1),
      0,
    )
    .option('--spans-per-second <n>', 'of an instance, in place of that', above(-1))
    .option('--events-per-second <n>', 'of an instance, in place of that', above(-1))
    .option('--spans-per-trace <n>', 'for X-Ray, which charges by the trace', above(0), 1)
    .option('--free-allowance', 'deduct what is free each month for the whole account')
    .option('--prices <file>', 'JSON with your own: { "cloudwatch": { "metric-month": 0.25 } }')
    .option('--json', 'the same as data')
    .action(async (url: string, options: Options, command: Command) => {
      try {
        await run(url, options);
      } catch (error) {
        if (!(error instanceof CostProblem)) throw error;
        command.error(`error: ${error.message}`);
      }
    });
}

async function run(url: string, options: Options): Promise<void> {
  const { requestsPerSecond, instances, interval, backend, freeAllowance = false, spansPerTrace } = options;
  const prices = options.prices === undefined ? {} : await readPrices(options.prices);
  const report = costReport(
    url,
    scrapedMetrics(await scrape(url)),
    backend ?? chargingBackends(),
    {
      interval,
      instances,
      spansPerSecond: options.spansPerSecond ?? requestsPerSecond,
      eventsPerSecond: options.eventsPerSecond ?? requestsPerSecond,
    },
    { prices, freeAllowance, spansPerTrace },
  );
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatCost(report));
}

async function readPrices(file: string): Promise<PriceOverrides> {
  try {
    const prices: PriceOverrides = JSON.parse(await readFile(file, 'utf8'));
    checkPrices('prices', prices);
    return prices;
  } catch (error) {
    throw new CostProblem(`The prices in ${file} cannot be used: ${messageOf(error)}`);
  }
}

function url(text: string): string {
  const { protocol } = URL.parse(text) ?? {};
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new InvalidArgumentError(`Give a URL such as ${DEFAULT_URL}.`);
  return text;
}

function backends(text: string): readonly string[] {
  const known = Object.keys(PRICES);
  const asked = text.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (known.includes(name)) continue;
    const nearest = nearestOf(name, known);
    throw new InvalidArgumentError(
      `There are no prices of "${name}"${nearest === undefined ? '' : `; did you mean ${nearest}?`} Known are ${known.join(', ')}.`,
    );
  }
  return [...new Set(asked)];
}

function above(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value > least && value >= 0) return value;
    throw new InvalidArgumentError(`Give a number ${least < 0 ? 'from 0' : 'above 0'}.`);
  };
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Give a whole number from 1.');
}
