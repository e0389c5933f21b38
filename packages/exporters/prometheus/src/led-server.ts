import { setTimeout as pause } from 'node:timers/promises';
import { type MetricsSource, messageOf } from '@telltale/core';
import type { MetricsServer } from './server.ts';

/** Milliseconds in which the process that had the port before lets go of it. */
const PORT_FREE_WITHIN_MS = 5000;
const PAUSE_MS = 100;

/** The exporter's own server in a group of processes: where the port is, there is the one that exports for all. */
export class LedServer {
  private readonly create: () => MetricsServer;
  private readonly source: MetricsSource;
  private server: MetricsServer | undefined;
  private leads = false;
  private isClosed = false;

  constructor(create: () => MetricsServer, source: MetricsSource) {
    this.create = create;
    this.source = source;
  }

  get current(): MetricsServer | undefined {
    return this.server;
  }

  /** Listens, if it is for this process to do. Rejects when it cannot. */
  async start(): Promise<void> {
    let listening: Promise<void> | undefined;
    const listener = (leads: boolean): void => {
      const isFirst = listening === undefined;
      this.leads = leads;
      if (isFirst) listening = leads ? this.listen() : Promise.resolve();
      else if (leads) void this.takeOver();
      else void this.server?.close();
    };
    if (this.source.onLead === undefined) listener(true);
    else this.source.onLead(listener);
    await listening;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.server?.close();
  }

  private listen(): Promise<void> {
    this.server = this.create();
    return this.server.listen();
  }

  private async takeOver(): Promise<void> {
    const deadline = performance.now() + PORT_FREE_WITHIN_MS;
    while (this.leads && !this.isClosed) {
      try {
        await this.listen();
        return;
      } catch (error) {
        if (performance.now() > deadline) {
          this.source.problem('port', `no scrapes are served: ${messageOf(error)}`);
          return;
        }
        await pause(PAUSE_MS, undefined, { ref: false });
      }
    }
  }
}
