import type { Project } from './project/project.ts';
import type { FrameworkReport, Observation } from './report.ts';

/** What Telltale knows of a framework. */
interface Framework {
  readonly name: string;
  /** First numbers of the versions that are observed; any where this is missing, none where it is empty. */
  readonly majors?: readonly number[];
  /** Packages of Telltale that observe it by hand. */
  readonly adapters: readonly string[];
  /** Whether `@telltale/register` observes it. */
  readonly register: boolean;
  /** Packages that do the same for OpenTelemetry. */
  readonly others: readonly string[];
  /** Where this one is used too, it is a part of that one, which is observed as a whole. */
  readonly partOf?: string;
}

const NEST = '@telltale/nest';
const HTTP = ['@opentelemetry/instrumentation-http'];
const outgoing = (name: string, others: readonly string[] = HTTP): Framework => ({
  name,
  adapters: ['@telltale/http-client'],
  register: true,
  others,
});
const ofNest = (name: string): Framework => ({ name, adapters: [NEST], register: true, others: [] });
const unknown = (name: string, other: string): Framework => ({
  name,
  majors: [],
  adapters: [],
  register: false,
  others: [`@opentelemetry/instrumentation-${other}`],
});

const FRAMEWORKS: readonly Framework[] = [
  {
    name: 'express',
    majors: [4, 5],
    adapters: ['@telltale/express'],
    register: true,
    others: ['@opentelemetry/instrumentation-express'],
    partOf: '@nestjs/platform-express',
  },
  {
    name: '@nestjs/core',
    majors: [11, 12],
    adapters: [NEST],
    register: true,
    others: ['@opentelemetry/instrumentation-nestjs-core'],
  },
  ofNest('@nestjs/platform-express'),
  ofNest('@nestjs/platform-fastify'),
  ofNest('@nestjs/microservices'),
  ofNest('@nestjs/websockets'),
  ofNest('@nestjs/schedule'),
  ofNest('@nestjs/bullmq'),
  {
    name: 'bullmq',
    majors: [5, 6],
    adapters: ['@telltale/bullmq'],
    register: true,
    others: [
      'bullmq-otel',
      '@appsignal/opentelemetry-instrumentation-bullmq',
      '@jenniferplusplus/opentelemetry-instrumentation-bullmq',
    ],
    partOf: '@nestjs/bullmq',
  },
  outgoing('undici', ['@opentelemetry/instrumentation-undici']),
  outgoing('axios'),
  outgoing('got'),
  outgoing('node-fetch'),
  outgoing('superagent'),
  { ...unknown('fastify', 'fastify'), partOf: '@nestjs/platform-fastify' },
  unknown('koa', 'koa'),
  unknown('@hapi/hapi', 'hapi'),
];

/** OpenTelemetry's package of all instrumentations. */
const ALL_OTHERS = '@opentelemetry/auto-instrumentations-node';

/** The frameworks that the project runs with, and what observes each. */
export function findFrameworks(project: Project): FrameworkReport[] {
  const started = registered(project);
  return FRAMEWORKS.filter(
    ({ name, partOf }) => project.dependsOn(name) && (partOf === undefined || !project.dependsOn(partOf)),
  ).map((framework) => {
    const version = project.versionOf(framework.name);
    const { majors } = framework;
    const supported = majors === undefined || majors.includes(majorOf(version));
    return { name: framework.name, version, supported, observedBy: observersOf(framework, project, started) };
  });
}

/** The places that start the service with `@telltale/register`. */
export function registered(project: Project): Observation[] {
  const by = '@telltale/register';
  return project.starts.filter(({ text }) => text.includes(by)).map(({ where }) => ({ by, where }));
}

/** The adapters that a source can observe this framework with. */
export function adaptersOf(name: string): readonly string[] {
  return FRAMEWORKS.find((framework) => framework.name === name)?.adapters ?? [];
}

function observersOf(framework: Framework, project: Project, started: readonly Observation[]): Observation[] {
  const byHand = framework.adapters.flatMap((by) => {
    const where = project.importOf(by);
    return where === undefined ? [] : [{ by, where }];
  });
  const byOthers = [...framework.others, ...(framework.others.length > 0 ? [ALL_OTHERS] : [])]
    .filter((by) => project.packages.includes(by))
    .map((by) => ({ by, where: project.importOf(by) ?? 'package.json' }));
  return [...byHand, ...(framework.register ? started.slice(0, 1) : []), ...byOthers];
}

/** Of `5.3.0`, `^5.3.0`, `>=5 <6`: 5. */
function majorOf(version: string): number {
  return Number(/\d+/.exec(version)?.[0] ?? Number.NaN);
}
