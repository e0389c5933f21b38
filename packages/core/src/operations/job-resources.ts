import type { Attributes } from '../attributes.ts';
import { CpuWatch } from './cpu-time.ts';
import type { JobMetrics } from './job-metrics.ts';

const CPU_MODE = 'cpu.mode';

/** CPU time and memory of the process, recorded while a job runs: someone who watches a long one does not want to wait for its end. */
export class JobResources {
  private readonly metrics: JobMetrics;
  private readonly base: Attributes;
  private readonly userAttributes: Attributes;
  private readonly systemAttributes: Attributes;
  private readonly cpu = new CpuWatch();
  /** The most that the process ever had, in bytes. When this grows, it was this job that made it, and it is exact. */
  private readonly highest = highestMemory();
  private peak = process.memoryUsage.rss();
  private user = 0;
  private system = 0;

  constructor(metrics: JobMetrics, base: Attributes) {
    this.metrics = metrics;
    this.base = base;
    this.userAttributes = { ...base, [CPU_MODE]: 'user' };
    this.systemAttributes = { ...base, [CPU_MODE]: 'system' };
  }

  /** Records what has come since the last time. `elapsed`: seconds since the start of the job. */
  record(memory: number, elapsed: number): void {
    const { metrics, base } = this;
    const { user, system } = this.cpu.process();
    metrics.cpuTime.add(Math.max(0, user - this.user), this.userAttributes);
    metrics.cpuTime.add(Math.max(0, system - this.system), this.systemAttributes);
    this.user = user;
    this.system = system;
    if (elapsed > 0) metrics.cpuUtilization.record((user + system) / elapsed, base);
    const highest = highestMemory();
    this.peak = Math.max(this.peak, memory, highest > this.highest ? highest : 0);
    metrics.memoryPeak.record(this.peak, base);
  }
}

/** In bytes; Node has it in kilobytes (https://nodejs.org/api/process.html#processresourceusage). */
function highestMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}
