import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, type GatherHealth, startProcess, type TestProcess, testPlace } from './processes.test-support.ts';
import type { ProgramOptions } from './programs.test-support.ts';
import { fallen, growing, type Samples, samplesOf, sumOf } from './scrape.test-support.ts';

const WORKERS = 8;
const CONNECTIONS = 12;
/**
 * Milliseconds after which a client gives a request up. A connection that Node's primary hands to a worker which is killed before it has
 * taken it is open for ever, and nobody answers.
 */
const PATIENCE = 10_000;

interface WorkerProcess {
  readonly id: number;
  readonly pid: number;
}

/** A port that nobody has a moment later. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function request(port: number, path: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE);
    get({ port, path, agent, signal, host: '127.0.0.1' }, (response) => {
      let body = '';
      response.on('data', (data) => {
        body += data;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(body) : reject(new Error(body))));
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** Clients of the shared port: they count what was answered, by which worker, and scrape meanwhile. */
class Load {
  sent = 0;
  readonly answered = new Map<number, number>();
  readonly falls: string[] = [];
  scrapes = 0;
  private last: Samples = new Map();
  private readonly port: number;
  private readonly agent = new Agent({ keepAlive: true });
  private stopping = false;
  private running: Promise<unknown> = Promise.resolve();
  private scraping: Promise<unknown> = Promise.resolve();

  constructor(port: number) {
    this.port = port;
  }

  get total(): number {
    return [...this.answered.values()].reduce((a, b) => a + b, 0);
  }

  start(): void {
    this.stopping = false;
    const clients = Array.from({ length: CONNECTIONS }, () => this.ask());
    this.running = Promise.all([...clients, this.scrapeAlong()]);
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /** Through the shared port, by whichever worker takes it. One after the other: of two at once the first may be answered last. */
  scrape(): Promise<string> {
    const scrape = this.scraping.then(() => this.scrapeNow());
    this.scraping = scrape.catch(() => {});
    return scrape;
  }

  async reach(count: number): Promise<void> {
    await eventually(
      async () => this.total,
      (total) => total >= count,
    );
  }

  private async ask(): Promise<void> {
    while (!this.stopping) {
      this.sent++;
      try {
        const pid = Number(await request(this.port, '/', this.agent));
        this.answered.set(pid, (this.answered.get(pid) ?? 0) + 1);
      } catch {
        // Its worker has ended, before or after it had the request.
      }
    }
  }

  private async scrapeNow(): Promise<string> {
    const body = await request(this.port, '/metrics', this.agent);
    const samples = growing(body);
    this.falls.push(...fallen(this.last, samples));
    this.last = samples;
    this.scrapes++;
    return body;
  }

  private async scrapeAlong(): Promise<void> {
    while (!this.stopping) {
      await this.scrape().catch(() => {});
    }
  }
}

async function startCluster(options: ProgramOptions) {
  const port = await freePort();
  const primary = await startProcess({ ...options, port }, testPlace());
  const workers: WorkerProcess[] = [];
  for (let i = 0; i < WORKERS; i++) workers.push(await primary.call<WorkerProcess>('fork'));
  const load = new Load(port);
  onTestFinished(() => load.stop());
  return { primary, workers, load };
}

const healthOf = (primary: TestProcess, { id }: WorkerProcess) =>
  primary.call<GatherHealth>('inWorker', id, 'health', []);

describe.each([
  ['whose primary gathers', {}],
  ['whose primary knows of no telemetry', { bare: true }],
] as const)('eight workers behind one port, %s', (_, options) => {
  it('are one service: no scrape is lower than one before, and the totals are those of the clients', async () => {
    const { primary, workers, load } = await startCluster(options);
    const [first, second, third] = workers as [WorkerProcess, WorkerProcess, WorkerProcess];
    const roles = await Promise.all(workers.map((worker) => healthOf(primary, worker)));
    expect(roles.filter(({ role }) => role === 'gatherer')).toHaveLength('bare' in options ? 1 : 0);

    load.start();
    await load.reach(300);
    await load.stop();
    // Nothing is under way and all was asked for: what kill -9 can lose is nothing now.
    expect(sumOf(samplesOf(await load.scrape()), 'answered_total')).toBe(load.total);
    // Without one in the primary, the first worker gathers.
    process.kill(first.pid, 'SIGKILL');
    process.kill(second.pid, 'SIGKILL');
    await primary.call('fork');
    load.start();
    await primary.call('fork');
    await load.reach(load.total + 300);
    // Under load: a worker that is told to end answers what is under way.
    process.kill(third.pid, 'SIGTERM');
    await primary.call('fork');
    await load.reach(load.total + 300);
    await load.stop();

    const body = await load.scrape();
    const samples = samplesOf(body);
    expect(load.falls).toEqual([]);
    expect(load.scrapes).toBeGreaterThan(5);
    expect(sumOf(samples, 'answered_total')).toBe(load.total);
    expect(sumOf(samples, 'took_count')).toBe(load.total);
    expect(load.answered.size).toBeGreaterThan(WORKERS / 2);
    await primary.kill('SIGTERM');
  }, 240_000);

  it('lose at most what was not told when one is killed under load', async () => {
    const { primary, workers, load } = await startCluster(options);
    const [victim] = workers as [WorkerProcess];
    load.start();
    await load.reach(200);
    // Whatever the clients know by now is in the scrape that begins now.
    const told = load.answered.get(victim.pid) ?? 0;
    await eventually(
      () =>
        load.scrape().then(
          () => true,
          () => false,
        ),
      (done) => done,
    );
    process.kill(victim.pid, 'SIGKILL');
    await primary.call('fork');
    await load.reach(load.total + 200);
    await load.stop();
    const scraped = sumOf(samplesOf(await load.scrape()), 'answered_total');
    const window = (load.answered.get(victim.pid) ?? 0) - told;
    expect(scraped).toBeGreaterThanOrEqual(load.total - window);
    expect(scraped).toBeLessThanOrEqual(load.sent);
    expect(load.falls).toEqual([]);
  }, 240_000);
});
