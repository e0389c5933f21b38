import { messageOf, type Telemetry } from '@telltale/core';

/** So many names appear as themselves. */
const MAX_NAMES = 100;
const OTHER = 'other';
const UNNAMED = 'task';
const DEFAULT_EXPORT = 'default';

/** What tasks are run with, as far as it is looked at. */
export interface RunOptions {
  readonly filename?: unknown;
  readonly name?: unknown;
  readonly transferList?: unknown;
}

export type TaskName = (task: unknown, options: RunOptions) => string | undefined;

/** What the tasks of a pool are called: by the user's function, else by the export that does them, else by its file. */
export class TaskNames {
  private readonly telemetry: Telemetry;
  private readonly pool: string;
  private readonly defaults: RunOptions;
  private readonly custom: TaskName | undefined;
  private readonly known = new Set<string>();
  /** By file. */
  private readonly bases = new Map<string, string>();

  constructor(telemetry: Telemetry, pool: string, defaults: RunOptions, custom: TaskName | undefined) {
    this.telemetry = telemetry;
    this.pool = pool;
    this.defaults = defaults;
    this.custom = custom;
  }

  of(task: unknown, options: RunOptions): string {
    const name = this.customName(task, options) ?? this.nameOf(options);
    if (this.known.has(name)) return name;
    if (this.known.size < MAX_NAMES) {
      this.known.add(name);
      return name;
    }
    this.telemetry.problem(
      `task names of ${this.pool}`,
      () =>
        `The pool "${this.pool}" has had tasks of ${MAX_NAMES} names; further ones, first "${name}", are "${OTHER}". Let "taskName" of observePool give few.`,
    );
    return OTHER;
  }

  private customName(task: unknown, options: RunOptions): string | undefined {
    try {
      const name = this.custom?.(task, options);
      return typeof name === 'string' && name !== '' ? name : undefined;
    } catch (error) {
      this.telemetry.problem(
        `taskName of ${this.pool}`,
        () => `"taskName" of the pool "${this.pool}" failed, so the task has its usual name: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  private nameOf({ name = this.defaults.name, filename = this.defaults.filename }: RunOptions): string {
    if (typeof name === 'string' && name !== '' && name !== DEFAULT_EXPORT) return name;
    return filename === undefined || filename === null ? UNNAMED : this.baseOf(String(filename));
  }

  private baseOf(filename: string): string {
    let base = this.bases.get(filename);
    if (base === undefined) {
      base = /([^/\\]+?)(?:\.\w+)?(?:[?#].*)?$/.exec(filename)?.[1] ?? UNNAMED;
      if (this.bases.size < MAX_NAMES) this.bases.set(filename, base);
    }
    return base;
  }
}
