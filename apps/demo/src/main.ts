// The demo: opens the shop, sends it customers, shows what telemetry sees, and closes in order.
import type { MetricsSnapshot } from '@telltale/core';
import { agreementOf } from './agreement.ts';
import { LOAD_AGENT, Load } from './load.ts';
import { OPERATOR_PATHS } from './operators.ts';
import { openScreen } from './screen.ts';
import { readSettings } from './settings.ts';
import { openShop } from './shop.ts';
import { summaryOf } from './summary.ts';
import { whole } from './tables.ts';

/** The summary on the screen is of the last so many seconds. */
const WINDOW_SECONDS = 10;
const REFRESH_MS = 1000;
const CLOSE_MS = 120_000;
const MAX_PROBLEMS = 5;

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  const stop = Promise.withResolvers<string>();
  let isOpen = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Before the shop is open nothing is under way.
    process.on(signal, () => (isOpen ? stop.resolve(signal) : process.exit()));
  }

  console.log('The shop opens …');
  const problems: string[] = [];
  let load: Load | undefined;
  let visits = 0;
  const shop = await openShop(settings, {
    door: (request, _response, next) => {
      if (request.headers['user-agent'] !== LOAD_AGENT) visits++;
      next();
    },
    load: () => load?.report(),
    onProblem: (message) => void (problems.length < MAX_PROBLEMS && problems.push(message)),
  });
  isOpen = true;
  const addresses = `http://127.0.0.1:${shop.port}${OPERATOR_PATHS.join('  ')}`;
  console.log(`Open ${addresses}\nQueues on ${shop.queues}. Ctrl-C closes the shop.\n`);

  const opened = shop.snapshot();
  const customers = new Load({ ...settings, port: shop.port });
  load = customers;
  const screen = openScreen(process.stdout, settings.console);
  const recent: MetricsSnapshot[] = [opened];
  const refresh = setInterval(() => {
    const now = shop.snapshot();
    recent.push(now);
    if (recent.length > WINDOW_SECONDS + 1) recent.shift();
    const tables = summaryOf(now, recent[0] ?? opened);
    const foot = `${whole(customers.report().sent)} requests sent. Open ${addresses}\nCtrl-C closes the shop.`;
    screen.show([`The last ${WINDOW_SECONDS} seconds`, tables, ...problems, foot].join('\n\n'));
  }, REFRESH_MS);
  if (Number.isFinite(settings.seconds)) setTimeout(() => stop.resolve('its time is over'), settings.seconds * 1000);

  const reason = await stop.promise;
  clearInterval(refresh);
  setTimeout(() => giveUp(new Error(`The shop did not close within ${CLOSE_MS / 1000} s.`)), CLOSE_MS).unref();
  screen.show(`The shop closes (${reason}): requests finish, then jobs, then the last deliveries …`);
  await customers.stop();
  const closed = await shop.close();
  const { totals } = closed;
  const agreement = agreementOf({ ...closed, tally: customers.report(), visits });
  screen.finish(['The whole run', summaryOf(totals, opened), ...problems, agreement.join('\n')].join('\n\n'));
}

function giveUp(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

run().catch(giveUp);
