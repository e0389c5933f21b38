import { type Context, matterOf } from './context.ts';
import type { Metadata } from './metadata.ts';

/** What a job is in the message that BullMQ sends to a sandboxed processor. */
interface SandboxJson {
  readonly opts?: { readonly tm?: unknown; readonly telemetry?: object };
}

/** What is used of a BullMQ `Job` to hand it to a sandboxed processor. */
export interface SandboxedJob {
  asJSONSandbox?(): SandboxJson;
}

/**
 * Hands the contexts of attempts to sandboxed processors, in the place of what the job carries: in the message to their process or thread, not in
 * the job, so that what the store has stays as it is.
 */
export class SandboxHandover {
  private readonly metadata: Metadata;
  /** Whether the worker's processor is sandboxed: no field of it says so. */
  private needed: boolean | undefined;

  constructor(metadata: Metadata) {
    this.metadata = metadata;
    this.needed = undefined;
  }

  /** The job is about to be processed in `context`. */
  prepare(job: SandboxedJob, context: Context | undefined): void {
    if (this.needed === false || context === undefined || typeof job.asJSONSandbox !== 'function') return;
    const { asJSONSandbox } = job;
    Object.defineProperty(job, 'asJSONSandbox', {
      configurable: true,
      writable: true,
      value: () => {
        this.needed = true;
        return this.carrying(asJSONSandbox.call(job), context);
      },
    });
  }

  /** A processor has completed: if it was not handed a context then, none ever will be. */
  completed(): void {
    this.needed ??= false;
  }

  private carrying(json: SandboxJson, context: Context): SandboxJson {
    const hops = matterOf(context)?.hops ?? 0;
    const metadata = this.metadata.write(context, hops === 0 ? undefined : { hops });
    if (metadata === '') return json;
    const { opts } = json;
    // BullMQ 5 writes options short.
    const own = opts?.tm === undefined ? { telemetry: { ...opts?.telemetry, metadata } } : { tm: metadata };
    return { ...json, opts: { ...opts, ...own } };
  }
}
