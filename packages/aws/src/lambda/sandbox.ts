/** How Lambda started the process; `undefined` outside of Lambda. */
type Initialization = 'on-demand' | 'provisioned-concurrency' | 'snap-start' | 'lambda-managed-instances' | undefined;

/** What the first invocation says of the start. */
export interface Start {
  /** Whether who called waited for it. */
  readonly cold: boolean;
  /** Seconds; `undefined` where it is not known, and for all but the first invocation. */
  readonly init: number | undefined;
}

/** What an invocation used of its process. */
export interface ResourcesUsed {
  /** Bytes: the most that the process has ever had, as Lambda's own report has it. */
  readonly memory: number;
  /** Seconds of CPU time; `undefined` where it cannot be told from that of other invocations. */
  readonly cpu: number | undefined;
}

const WARM: Start = { cold: false, init: undefined };

/** What is known of the process that Lambda started for the function. */
export class Sandbox {
  readonly initialization: Initialization;
  /** Bytes; `undefined` outside of Lambda. */
  readonly memoryLimit: number | undefined;
  private first = true;
  private loadedAt: number | undefined;
  /** Invocations under way, and how many have begun. */
  private running = 0;
  private begun = 0;

  constructor(env: NodeJS.ProcessEnv) {
    this.initialization = env.AWS_LAMBDA_INITIALIZATION_TYPE as Initialization;
    const megabytes = Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
    this.memoryLimit = megabytes > 0 ? megabytes * 1024 * 1024 : undefined;
    // The module that wraps its handler goes on for a while; when the loop turns next, it is loaded.
    setImmediate(() => {
      this.loadedAt ??= performance.now();
    }).unref();
  }

  /** Call it once for each invocation. */
  start(): Start {
    if (!this.first) return WARM;
    this.first = false;
    // By Node's clock, which begins with the process.
    this.loadedAt ??= performance.now();
    // Provisioned ones were started before anybody called; a snapshot's process was started when the version was published.
    const cold =
      this.initialization === undefined || this.initialization === 'on-demand' || this.initialization === 'snap-start';
    return { cold, init: this.initialization === 'snap-start' ? undefined : this.loadedAt / 1000 };
  }

  /** Returns what is to be called at its end: it gives what the invocation used. */
  measure(): () => ResourcesUsed {
    const before = process.resourceUsage();
    const alone = this.running === 0;
    const begun = ++this.begun;
    this.running++;
    return () => {
      this.running--;
      // One call of the system for both: it costs more than all else here.
      const after = process.resourceUsage();
      const memory = after.maxRSS * 1024;
      if (!alone || this.begun !== begun) return { memory, cpu: undefined };
      const cpu = after.userCPUTime - before.userCPUTime + after.systemCPUTime - before.systemCPUTime;
      return { memory, cpu: cpu / 1e6 };
    };
  }
}
