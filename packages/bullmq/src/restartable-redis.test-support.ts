import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

const REDIS_SERVER = 'redis-server';

/** A Redis server of its own that keeps what it is told on disk, so that it can be restarted. */
export class RestartableRedis {
  readonly port: number;
  private readonly folder: string;
  private process: ChildProcess;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
    this.process = this.spawn();
  }

  static async start(): Promise<RestartableRedis> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const redis = new RestartableRedis(port, await mkdtemp(join(tmpdir(), 'telltale-redis-')));
    await redis.ready();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Ends the server, as SIGTERM does. */
  async down(): Promise<void> {
    this.process.kill('SIGTERM');
    await once(this.process, 'exit');
  }

  async up(): Promise<void> {
    this.process = this.spawn();
    await this.ready();
  }

  /** For so many milliseconds it answers nobody. */
  async hold(milliseconds: number): Promise<void> {
    const redis = new Redis(this.url);
    await redis.call('client', 'pause', String(milliseconds), 'all');
    redis.disconnect();
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    const redis = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on('error', () => {});
    await redis.ping();
    redis.disconnect();
  }

  private spawn(): ChildProcess {
    const settings = { port: this.port, bind: '127.0.0.1', save: '', appendonly: 'yes', appendfsync: 'always' };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    return spawn(REDIS_SERVER, [...args, '--dir', this.folder], { stdio: 'ignore' });
  }
}
