import { readConfig } from '@telltale/config';
import { CHECKS } from './checks.ts';
import { reportExporters } from './exporters/exporter-reports.ts';
import { findTelemetryModule } from './exporters/find-telemetry-module.ts';
import { probe } from './exporters/probe.ts';
import { findFrameworks, registered } from './frameworks.ts';
import type { Inspection } from './inspection.ts';
import { Project } from './project/project.ts';
import type { DoctorReport } from './report.ts';

export interface ExamineOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Seconds that the exporters may take. */
  readonly timeout: number;
  /** The file that runs commands. */
  readonly main: string;
  /** The file, or package, that exports the telemetry. */
  readonly module?: string;
}

/** Looks at a project, asks its exporters, and runs all checks. Starts nothing that is still there when it resolves. */
export async function examine({ folder, env, timeout, main, module }: ExamineOptions): Promise<DoctorReport> {
  const project = new Project(folder, env);
  const given = module === undefined ? findTelemetryModule(project) : { specifier: module, name: module };
  const telemetry =
    given === undefined
      ? undefined
      : {
          ...given,
          isGiven: module !== undefined,
          result: await probe({ main, folder, env, timeout, module: given.specifier }),
        };
  const inspection: Inspection = {
    project,
    node: process.versions.node,
    frameworks: findFrameworks(project),
    registered: registered(project),
    configuration: readConfig({ env, cwd: folder }),
    telemetry,
    exporters: telemetry === undefined ? [] : await reportExporters(telemetry.result),
  };
  const findings = CHECKS.flatMap(({ name, run }) => run(inspection).map((finding) => ({ check: name, ...finding })));
  const { manifest } = project;
  return {
    project: {
      name: manifest?.name ?? 'no name',
      ...(manifest?.version !== undefined && { version: manifest.version }),
      folder,
    },
    node: inspection.node,
    sources: project.sources.files.length,
    frameworks: inspection.frameworks,
    ...(telemetry && { telemetry: telemetry.name }),
    exporters: inspection.exporters,
    findings: findings.toSorted((a, b) => Number(b.level === 'problem') - Number(a.level === 'problem')),
    ok: findings.every(({ level }) => level !== 'problem'),
  };
}
