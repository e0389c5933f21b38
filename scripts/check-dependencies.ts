// Checks the dependency rule of ARCHITECTURE.md on the import statements of every source file.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const LEAFS = [
  'check-keys',
  'clock',
  'errors',
  'diagnostics',
  'attributes',
  'frozen',
  'pace',
  'resource',
  'scope-key',
  'settle',
  'version',
].map((name) => `${name}.ts`);

/** What a folder of packages/core/src may import besides itself and the leafs; a folder that is not listed may import everything. */
const CORE: Readonly<Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>> = {
  metrics: { values: [], types: [] },
  spans: { values: [], types: [] },
  operations: { values: ['metrics', 'spans'], types: [] },
  'runtime-metrics': { values: ['metrics', 'opentelemetry'], types: [] },
  cost: { values: [], types: ['export', 'metrics'] },
  export: { values: ['cost', 'spans'], types: ['metrics', 'operations'] },
  // Built into a file of its own (rolldown.config.js), where a class or a registry that it shared with the rest would be there twice: plain data.
  conventions: { values: [], types: ['metrics'] },
  ...Object.fromEntries(LEAFS.map((leaf) => [leaf, { values: [], types: [] }])),
};
/** Folders of packages/core/src that are entries of their own. */
const ENTRIES = ['conventions'];

const ADAPTERS = ['bullmq', 'express', 'http-client', 'nest'].map((name) => `@telltale/${name}`);

/** What a package may import of others besides core. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // Nest runs on Express, and has a module for BullMQ.
  'packages/nest': ['@telltale/express', '@telltale/bullmq'],
  // They put together what users would.
  'packages/register': ['@telltale/config', '@telltale/exporter-otlp', '@telltale/exporter-prometheus', ...ADAPTERS],
  'packages/cli': ['@telltale/config', '@telltale/templates'],
  // Each asks the metadata servers of its cloud.
  'packages/aws': ['@telltale/detector-kit'],
  'packages/azure': ['@telltale/detector-kit'],
  'packages/google-cloud': ['@telltale/detector-kit'],
  'packages/alerts': ['@telltale/exporter-kit', '@telltale/core/conventions'],
  // Rules are data, which it puts into the words of backends.
  'packages/templates': ['@telltale/core/conventions', '@telltale/alerts'],
  // A service of its own, of the parts that services use.
  'packages/sidecar': [
    '@telltale/alerts',
    '@telltale/dashboard',
    '@telltale/exporter-otlp',
    '@telltale/exporter-prometheus',
  ],
  // Backends that speak OTLP, or the dialect of StatsD, for some or all signals.
  'packages/exporters/xray': ['@telltale/exporter-otlp'],
  'packages/exporters/google-cloud': ['@telltale/exporter-otlp'],
  'packages/exporters/newrelic': ['@telltale/exporter-otlp'],
  'packages/exporters/datadog': ['@telltale/exporter-otlp', '@telltale/exporter-statsd'],
};

/** What the tests of a package may import besides: templates are compared with what the exporters of their backends really send. */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  // Its schemas are held against the options of what they configure.
  'packages/config': [
    'aws',
    'azure',
    'dashboard',
    'disk-spool',
    'google-cloud',
    ...[
      'azure-monitor',
      'cloudwatch',
      'cloudwatch-logs',
      'datadog',
      'google-cloud',
      'newrelic',
      'otlp',
      'prometheus/remote-write',
      'splunk',
      'statsd',
      'xray',
      'zipkin',
    ].map((name) => `exporter-${name}`),
  ].map((name) => `@telltale/${name}`),
  'packages/aws': ['@telltale/exporter-cloudwatch', '@telltale/exporter-otlp'],
  'packages/templates': ['azure-monitor', 'cloudwatch', 'datadog', 'google-cloud'].map(
    (name) => `@telltale/exporter-${name}`,
  ),
};

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

const root = join(import.meta.dirname, '..');
const problems: string[] = [];
const files = globSync('packages/**/src/**/*.{ts,tsx}', {
  cwd: root,
  exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name),
});
const imports = files.flatMap((from): Import[] =>
  [...readFileSync(join(root, from), 'utf8').matchAll(STATEMENT)].map(([, type, to, dynamic]) => ({
    from,
    to: (to ?? dynamic) as string,
    typeOnly: type !== undefined,
  })),
);
if (imports.length === 0) problems.push('no import statement found: does the pattern still fit the sources?');

/** The page of the dashboard is a folder of its own in its package: other types, other globals. */
const packageOf = (file: string): string => file.slice(0, file.indexOf('/src/')).replace(/\/page$/, '');
const isTest = (file: string): boolean => /\.test(-d|-support)?\.ts$/.test(file);
const coreArea = (file: string): string => file.slice('packages/core/src/'.length).split('/')[0] as string;
const graph = new Map<string, string[]>(files.map((file) => [file, []]));

for (const { from, to, typeOnly } of imports) {
  const fail = (why: string): number => problems.push(`${from} imports '${to}': ${why}`);
  const home = packageOf(from);
  if (to.startsWith('.')) {
    const target = relative(root, join(root, dirname(from), to));
    if (!target.startsWith(`${home}/`)) fail('a relative path must not leave its package');
    else if (isTest(from)) continue;
    else if (isTest(target)) fail('a source must not import a test');
    graph.get(from)?.push(target);
    if (home !== 'packages/core' || !target.startsWith('packages/core/src/')) continue;
    const [here, there] = [coreArea(from), coreArea(target)];
    const rule = CORE[here];
    if (ENTRIES.includes(there) && here !== there)
      fail(`${there} is an entry of its own, which the rest does not load`);
    if (!rule || here === there || rule.values.includes(there)) continue;
    if (LEAFS.includes(there) && !rule.types.includes(there)) continue;
    if (!rule.types.includes(there)) fail(`${here} must not know ${there}`);
    else if (!typeOnly) fail(`${here} may import only types from ${there}`);
  } else if (to.startsWith('@telltale')) {
    const allowed = [
      '@telltale/core',
      ...(PACKAGES[home] ?? []),
      ...(home.startsWith('packages/exporters/') ? ['@telltale/exporter-kit'] : []),
      ...(isTest(from)
        ? [
            '@telltale/testing',
            '@telltale/core/conventions',
            '@telltale/gather',
            '@telltale/exporter-prometheus',
            '@telltale-internal/backends',
            '@telltale-internal/services',
            ...(TESTS[home] ?? []),
          ]
        : []),
    ];
    if (home === 'packages/core') fail('core knows no other package');
    else if (allowed.includes(to)) continue;
    else if (/^@telltale[^/]*\/[^/]+\//.test(to)) fail('nobody reaches behind an exports map');
    else fail('a package depends on core only, its tests on testing and gather too');
  }
}

const done = new Set<string>();
function visit(file: string, path: readonly string[]): void {
  if (path.includes(file)) problems.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
  if (path.includes(file) || done.has(file)) return;
  for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
  done.add(file);
}
for (const file of files) visit(file, []);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${files.length} files, ${imports.length} imports: the dependency rule holds`);
