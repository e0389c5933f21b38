import type { ReadConfig } from '@telltale/config';
import type { TelemetryModule } from './exporters/find-telemetry-module.ts';
import type { ProbeResult } from './exporters/probe-result.ts';
import type { Project } from './project/project.ts';
import type { ExporterReport, Finding, FrameworkReport, Observation } from './report.ts';

/** Everything that was found out; checks look at it and ask for nothing more. */
export interface Inspection {
  readonly project: Project;
  readonly node: string;
  readonly frameworks: readonly FrameworkReport[];
  /** The places that start the service with `@telltale/register`. */
  readonly registered: readonly Observation[];
  /** File and environment as `@telltale/register` and `configureTelemetry` read them. */
  readonly configuration: ReadConfig;
  /** Where telemetry is made, and what came of loading it; missing where there is none to be found. */
  readonly telemetry:
    | (TelemetryModule & {
        /** Whether it was named, and not found by its name. */
        readonly isGiven: boolean;
        readonly result: ProbeResult;
      })
    | undefined;
  readonly exporters: readonly ExporterReport[];
}

/** One thing that can be wrong. Its name shows in findings. */
export interface Check {
  readonly name: string;
  /** What it finds, for the README. */
  readonly about: string;
  run(inspection: Inspection): readonly Omit<Finding, 'check'>[];
}
