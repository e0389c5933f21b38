import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { type PlannedRequest, planRequests } from './load-plan.ts';
import { Tally, type TallyReport } from './tally.ts';

/** Tells the load generator's requests from those of visitors. */
export const LOAD_AGENT = 'telltale-demo-load';

const TICK_MS = 25;
const MAX_ORDERS = 200;
/** After so many messages a customer has seen enough. */
const MESSAGES = 3;

export interface LoadOptions {
  readonly port: number;
  /** Requests per second. */
  readonly rate: number;
  readonly seed: number;
  /** Sends so many and no more. */
  readonly requests: number;
}

/** Real requests over real sockets, at a steady rate: however slow the shop is, the next one does not wait. */
export class Load {
  private readonly options: LoadOptions;
  private readonly tally = new Tally();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly inFlight = new Set<Promise<void>>();
  private readonly orders: string[] = [];
  private readonly plan: Generator<PlannedRequest, never>;
  private readonly timer: NodeJS.Timeout;
  private readonly started = performance.now();
  private sent = 0;

  constructor(options: LoadOptions) {
    this.options = options;
    this.plan = planRequests(options.seed, {
      anyOrder: (random) => this.orders[Math.floor(random() * this.orders.length)],
    });
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  report(): TallyReport & { readonly finished: boolean } {
    return { ...this.tally.report(), finished: this.sent === this.options.requests && this.inFlight.size === 0 };
  }

  /** Sends no more, and resolves when every request has its answer. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.inFlight);
    this.agent.destroy();
  }

  private tick(): void {
    const { rate, requests } = this.options;
    const due = Math.min(requests, Math.floor(((performance.now() - this.started) * rate) / 1000));
    for (; this.sent < due; this.sent++) {
      const sending = this.send(this.plan.next().value).finally(() => this.inFlight.delete(sending));
      this.inFlight.add(sending);
    }
  }

  private send(planned: PlannedRequest): Promise<void> {
    this.tally.send(planned);
    return planned.socket === true ? this.listen(planned) : this.attempt(planned);
  }

  private listen(planned: PlannedRequest): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = new WebSocket(`ws://127.0.0.1:${this.options.port}${planned.path}`);
    let messages = 0;
    socket.onmessage = () => void (++messages === MESSAGES && socket.close());
    socket.onclose = () => {
      if (messages < MESSAGES) this.tally.surprise(planned, `closed after ${messages} messages`);
      resolve();
    };
    return promise;
  }

  private attempt(planned: PlannedRequest): Promise<void> {
    const { method, path, body, hangUp, tenant } = planned;
    const began = performance.now();
    const request = httpRequest({
      host: '127.0.0.1',
      port: this.options.port,
      method,
      path,
      headers: { 'user-agent': LOAD_AGENT, 'content-type': 'application/json', 'x-tenant': tenant },
      // A connection that is hung up cannot be used again.
      agent: hangUp === undefined ? this.agent : false,
    });
    const done = Promise.withResolvers<void>();
    request.once('response', (response) => {
      this.tally.firstByte(planned, (performance.now() - began) / 1000);
      if (hangUp === 'in the middle') response.once('data', () => request.destroy());
      this.read(planned, response).then(done.resolve);
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      // The connection was idle for too long and closed just now: the shop has not seen the request.
      if (request.reusedSocket && error.code === 'ECONNRESET') return done.resolve(this.attempt(planned));
      if (hangUp === undefined) this.tally.surprise(planned, error.message);
      done.resolve();
    });
    if (typeof hangUp === 'object') request.once('finish', () => setTimeout(() => request.destroy(), hangUp.afterMs));
    request.end(body === undefined ? undefined : JSON.stringify(body));
    return done.promise;
  }

  private async read(planned: PlannedRequest, response: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response) chunks.push(chunk as Buffer);
    } catch (error) {
      if (planned.hangUp === undefined) this.tally.surprise(planned, String(error));
      return;
    }
    if (planned.hangUp !== undefined) this.tally.surprise(planned, 'was over before the client hung up');
    else if (response.statusCode !== planned.status) {
      this.tally.surprise(planned, `${response.statusCode} instead of ${planned.status}`);
    } else if (planned.route === '/orders' && planned.status === 201) this.remember(chunks);
  }

  private remember(chunks: readonly Buffer[]): void {
    const { order } = JSON.parse(Buffer.concat(chunks).toString()) as { order: string };
    this.orders.push(order);
    if (this.orders.length > MAX_ORDERS) this.orders.shift();
  }
}
