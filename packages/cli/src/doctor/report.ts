/** Something worth saying. */
export interface Finding {
  /** `problem`: something is wrong, and the exit code is 1. `note`: it can be meant so. */
  readonly level: 'problem' | 'note';
  /** The check that found it. */
  readonly check: string;
  /** One sentence: what is. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly mend: string;
}

/** What observes a framework, and where that is written. */
export interface Observation {
  /** A package: `@telltale/express`, `@telltale/register`, `@opentelemetry/instrumentation-express`. */
  readonly by: string;
  /** `src/app.ts:4`, `package.json, script "start"`, `Dockerfile:7`, `NODE_OPTIONS`. */
  readonly where: string;
}

export interface FrameworkReport {
  readonly name: string;
  /** What is installed, or what package.json asks for where nothing is. */
  readonly version: string;
  /** Whether Telltale observes this version. */
  readonly supported: boolean;
  readonly observedBy: readonly Observation[];
}

export interface ExporterReport {
  readonly name: string;
  /** `idle`: there was nothing to send, so it was not tried. */
  readonly status: 'ok' | 'failing' | 'idle';
  readonly detail: string;
}

/** All that doctor has to say. */
export interface DoctorReport {
  readonly project: { readonly name: string; readonly version?: string; readonly folder: string };
  readonly node: string;
  /** How many source files were read. */
  readonly sources: number;
  readonly frameworks: readonly FrameworkReport[];
  /** Where the exporters were taken from: a file of the project, or the environment; missing where there was nothing to ask. */
  readonly telemetry?: string;
  readonly exporters: readonly ExporterReport[];
  readonly findings: readonly Finding[];
  /** Whether there is no problem. */
  readonly ok: boolean;
}
