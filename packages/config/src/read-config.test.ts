import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './index.ts';
import { installConfig, project } from './project.test-support.ts';

const messagesOf = (folder: string, env: Record<string, string> = {}): readonly string[] =>
  readConfig({ cwd: folder, env }).problems.map(({ message }) => message);

describe('a file', () => {
  it.each([
    ['telltale.config.json', '{ "attributes": { "team": "payments" } }'],
    ['telltale.config.yaml', 'attributes:\n  team: payments\n'],
    [
      'telltale.config.yml',
      'base: &base { team: payments }\nattributes: { <<: *base }\n'
        .replace(/^base.*\n/, '')
        .replace('{ <<: *base }', '{ team: payments }'),
    ],
    [
      'telltale.config.ts',
      "import { defineConfig } from '@telltale/config';\nexport default defineConfig({ attributes: { team: 'payments' } });",
    ],
    ['telltale.config.mts', "const team: string = 'payments';\nexport const config = { attributes: { team } };"],
    ['telltale.config.js', "module.exports = { attributes: { team: 'payments' } };"],
    ['telltale.config.mjs', "export default { attributes: { team: 'payments' } };"],
  ])('is found and read: %s', (name, text) => {
    const folder = project({ [name]: text });
    installConfig(folder);
    expect(readConfig({ cwd: folder, env: {} })).toEqual({
      file: join(folder, name),
      config: { service: { name: 'shop', version: '1.2.3' }, attributes: { team: 'payments' } },
      problems: [],
    });
  });

  it('is looked for as far up as package.json, and no further', () => {
    const folder = project({
      'telltale.config.json': '{ "logLevel": "warn" }',
      'src/deep/file.txt': '',
      'inner/package.json': '{"name":"inner"}',
      'inner/src/file.txt': '',
    });
    expect(readConfig({ cwd: join(folder, 'src/deep'), env: {} }).config.logLevel).toBe('warn');
    expect(readConfig({ cwd: join(folder, 'inner/src'), env: {} })).toEqual({
      config: { service: { name: 'inner' } },
      problems: [],
    });
  });

  it('is the one that code names, then the one that TELLTALE_CONFIG names, or none', () => {
    const folder = project({
      'telltale.config.json': '{ "attributes": { "from": "search" } }',
      'a.yaml': 'attributes: { from: code }',
      'b.yaml': 'attributes: { from: variable }',
    });
    const env = { TELLTALE_CONFIG: 'b.yaml' };
    const from = (file: string | false | undefined, variables: Record<string, string>): unknown =>
      readConfig({ cwd: folder, env: variables, ...(file !== undefined && { file }) }).config.attributes;
    expect(from('a.yaml', env)).toEqual({ from: 'code' });
    expect(from(undefined, env)).toEqual({ from: 'variable' });
    expect(from(undefined, {})).toEqual({ from: 'search' });
    expect(from(false, env)).toBeUndefined();
  });

  it('may be a link, as Kubernetes mounts them', () => {
    const folder = project({ '..data/telltale.config.yaml': 'logLevel: none' });
    symlinkSync(join(folder, '..data/telltale.config.yaml'), join(folder, 'telltale.config.yaml'));
    expect(readConfig({ cwd: folder, env: {} }).config.logLevel).toBe('none');
  });

  it('that is empty, or has a byte order mark, is right', () => {
    expect(messagesOf(project({ 'telltale.config.yaml': '# nothing yet\n' }))).toEqual([]);
    const folder = project({ 'telltale.config.json': '\uFEFF{ "logLevel": "none" }' });
    expect(readConfig({ cwd: folder, env: {} }).config.logLevel).toBe('none');
  });

  it.each<[string, string, string, RegExp]>([
    [
      'YAML with a tab',
      'a.yaml',
      'service:\n\tname: x',
      /^a\.yaml:2:1: It is no YAML\. A tab indents a line; use spaces\./,
    ],
    [
      'YAML with a quote too few',
      'a.yaml',
      'service:\n  name: "x\n',
      /^a\.yaml:\d+:\d+: It is no YAML\. A character is missing/,
    ],
    [
      'YAML with a placeholder in braces',
      'a.yaml',
      'dashboard: { port: ${PORT} }',
      /^a\.yaml:1:\d+: .*Within \[ \] and \{ \}, put "\$\{NAME\}" into quotes\./,
    ],
    [
      'YAML of several documents',
      'a.yaml',
      'logLevel: none\n---\nlogLevel: warn',
      /^a\.yaml:2:1: .*more than one document/,
    ],
    ['YAML with a tag', 'a.yaml', 'logLevel: !!js/function "x"', /^a\.yaml:1:\d+: .*tag/],
    ['YAML with an unknown alias', 'a.yaml', 'service: *nobody', /^a\.yaml: Its aliases \(\*name\) cannot be resolved/],
    [
      'JSON with a comma too many',
      'a.json',
      '{\n  "logLevel": "none",\n}',
      /^a\.json:3:1: It is no JSON: look for a comma/,
    ],
    ['JSON with a word', 'a.json', '{ "logLevel": none }', /^a\.json:1:15: It is no JSON/],
    ['JSON with a comment', 'a.json', '// hello\n{}', /^a\.json:1:1: It is no JSON/],
    ['JSON that ends too early', 'a.json', '{ "service": {', /^a\.json(:1:15)?: It is no JSON/],
    ['a list', 'a.json', '[]', /^a\.json: It is an empty list; give an object/],
    [
      'a module without a configuration',
      'a.mjs',
      'export const other = 1;',
      /^a\.mjs: It exports no configuration: write export default/,
    ],
    [
      'a module with a function',
      'a.mjs',
      'export default () => ({});',
      /^a\.mjs: It exports a function; export the configuration itself/,
    ],
    [
      'a module that is not there yet',
      'a.mjs',
      'export default (async () => ({}))();',
      /^a\.mjs: It exports a promise/,
    ],
    ['a module that throws', 'a.mjs', "throw new Error('no luck')", /^a\.mjs: It could not be run: no luck\./],
    ['a module with a top-level await', 'a.mjs', 'await 1; export default {};', /^a\.mjs: .*top-level await/],
    [
      'a module that imports what is not there',
      'a.mjs',
      "import 'nowhere-to-be-found';",
      /^a\.mjs: It imports what is not there: Cannot find package/,
    ],
    [
      'TypeScript with an enum',
      'a.ts',
      'enum A { B }\nexport default {};',
      /^a\.ts: Node can only strip types: write it without enums/,
    ],
    ['another format', 'a.toml', '', /^a\.toml: Files of configuration end with \.json, .*, not with "\.toml"\./],
    ['a folder', 'a.json/inner.txt', '', /^a\.json: It is no file\./],
    ['no file', 'nowhere.json', '', /^nowhere\.json: There is no such file\. Nothing is taken from it\./],
  ])('that cannot be read is told, and nothing is taken from it: %s', (_, name, text, message) => {
    const folder = project(name === 'nowhere.json' ? {} : { [name]: text });
    const { config, problems } = readConfig({ cwd: folder, env: {}, file: name.split('/')[0] ?? '' });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(message);
    expect(config).toEqual({ service: { name: 'shop', version: '1.2.3' } });
  });

  it('that is too big, too deep, or made of aliases is not read', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`),
    ].join('\n');
    for (const [text, message] of [
      [`attributes: { a: ${'x'.repeat(1_100_000)} }`, /262144 are the most/],
      [bomb, /aliases/],
      ['service: &a { attributes: *a }', /contains itself/],
      [`${'['.repeat(100_000)}`, /no YAML|nested too deeply/],
      [`a: ${'{ a: '.repeat(60)}1${'}'.repeat(60)}`, /deeper than 50 levels/],
    ] as const) {
      expect(messagesOf(project({ 'telltale.config.yaml': text })).join('\n')).toMatch(message);
    }
  });

  it('that has a key twice is taken with the last one', () => {
    const folder = project({ 'telltale.config.yaml': 'logLevel: none\nlogLevel: warn\n' });
    expect(readConfig({ cwd: folder, env: {} })).toMatchObject({
      config: { logLevel: 'warn' },
      problems: [{ message: 'telltale.config.yaml:2:1: This key is there twice; the last one counts. Leave one out.' }],
    });
  });

  it('beside another one is told', () => {
    const folder = project({ 'telltale.config.json': '{}', 'telltale.config.yaml': '' });
    expect(messagesOf(folder)).toEqual([
      'telltale.config.json is read, and telltale.config.yaml beside it is not; keep one of them.',
    ]);
  });

  it.each(['.nan', '.inf', '-.inf', '1e999'])('may have %s where a number is wanted: it is none', (number) => {
    const text = `sampling: { ratio: ${number} }\ninterval: ${number}\nattributes: { a: ${number} }`;
    const { config, problems } = readConfig({ cwd: project({ 'telltale.config.yaml': text }), env: {} });
    expect(problems.map(({ path }) => path).toSorted()).toEqual(['attributes.a', 'interval', 'sampling.ratio']);
    expect(config).toEqual({ service: { name: 'shop', version: '1.2.3' }, sampling: {}, attributes: {} });
  });

  it('can hold merges and what YAML leaves empty', () => {
    const text =
      'exporters:\n  - &console\n    type: console\n    signals: [spans]\n    config:\n  - <<: *console\n    name: second\n';
    const { config, problems } = readConfig({ cwd: project({ 'telltale.config.yaml': text }), env: {} });
    expect(problems).toEqual([]);
    expect(config.exporters).toEqual([
      { type: 'console', signals: ['spans'] },
      { type: 'console', signals: ['spans'], name: 'second' },
    ]);
  });

  it('in code is data: what is none is left out', () => {
    const text = `export default {
      attributes: { now: new Date(), count: 10n, name: Symbol('x'), run() {}, fine: 1 },
      get service() { throw new Error('no service today'); },
    };`;
    const { problems } = readConfig({ cwd: project({ 'telltale.config.mjs': text }), env: {} });
    expect(problems.map(({ path }) => path)).toEqual([
      'attributes.now',
      'attributes.count',
      'attributes.name',
      'attributes.run',
      '',
    ]);
    expect(problems.at(-1)?.message).toContain('no service today');
  });
});

describe('a mistake', () => {
  const problemsOf = (config: object) =>
    readConfig({ cwd: project({ 'telltale.config.json': JSON.stringify(config) }), env: {} });

  it.each<[object, string]>([
    [{ samplng: {} }, '"samplng" is no option; did you mean "sampling"? Known are disabled, logLevel,'],
    [{ sampling: { ratio: 50 } }, '"sampling.ratio" is 50; give a number from 0 to 1.'],
    [{ sampling: { ratio: '50%' } }, '"sampling.ratio" is "50%"; give a number from 0 to 1.'],
    [{ logLevel: 'warm' }, '"logLevel" is "warm"; give none, warn or info. Did you mean "warn"?'],
    [
      { interval: { metrcs: 5 } },
      '"interval.metrcs" is no option; did you mean "metrics"? Known are metrics, spans, events.',
    ],
    [
      { interval: 'often' },
      '"interval" is "often"; give a number from 0.001 to 2147483 or an object with metrics, spans, events.',
    ],
    [{ interval: 0 }, '"interval" is 0; give a number from 0.001 to 2147483'],
    [
      { propagators: ['b3', 'b4'] },
      '"propagators[1]" is "b4"; give tracecontext, baggage, b3, b3multi or xray. Did you mean "b3"?',
    ],
    [{ service: { name: ' ' } }, '"service.name" is " "; give a text that is not blank.'],
    [
      { attributes: { 'k8s.pod': [1] } },
      '"attributes["k8s.pod"]" is a list of 1; give a text, a number or true or false.',
    ],
    [{ dashboard: { port: 70_000 } }, '"dashboard.port" is 70000; give a whole number from 0 to 65535.'],
    [{ metrics: { views: [{ name: 'x' }] } }, '"metrics.views[0]" is an object; give at least one of instrumentName,'],
    [
      { exporters: { type: 'console' } },
      '"exporters" is an object; give a list of exporters, each an object with type.',
    ],
    [{ exporters: [{ type: 'prometeus' }] }, '"exporters[0].type" is "prometeus"; give prometheus, '],
    [{ exporters: [{ type: 'prometeus' }] }, 'Did you mean "prometheus"?'],
    [{ exporters: [{}] }, '"exporters[0].type" is missing; give prometheus, '],
    [
      { exporters: [{ type: 'prometheus', config: { prot: 1 } }] },
      '"exporters[0].config.prot" is no option; did you mean "port"? Known are',
    ],
    [{ exporters: ['console'] }, '"exporters[0]" is "console"; give an object'],
  ])('%j says where it is, what was found and what is allowed', (config, message) => {
    const { problems } = problemsOf(config);
    expect(problems.map((problem) => problem.message).join('\n')).toContain(
      `telltale.config.json: ${message}`.replace(/^.*: Did/, 'Did'),
    );
  });

  it('costs only the smallest part that is wrong', () => {
    const { config, problems } = problemsOf({
      sampling: { ratio: 2, keep: { errors: true, slowerThan: -1 } },
      operations: { disable: ['job', 'jobs', 'lock'] },
      propagators: ['nonsense'],
      metrics: { views: [{ instrumentName: 'a' }, {}, { instrumentName: 'b' }] },
    });
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'metrics.views[1]',
      'operations.disable[1]',
      'propagators[0]',
      'sampling.keep.slowerThan',
      'sampling.ratio',
    ]);
    expect(config).toEqual({
      service: { name: 'shop', version: '1.2.3' },
      sampling: { keep: { errors: true } },
      operations: { disable: ['job', 'lock'] },
      metrics: { views: [{ instrumentName: 'a' }, { instrumentName: 'b' }] },
    });
  });

  it('in one exporter costs that exporter as a whole, and no other', () => {
    const { config, problems } = problemsOf({
      exporters: [
        { type: 'console' },
        { type: 'prometheus', metrics: { excldue: ['secret.*'] } },
        { type: 'statsd', config: { host: 'localhost' } },
      ],
    });
    expect(problems.map(({ path }) => path)).toEqual(['exporters[1].metrics.excldue']);
    expect(config.exporters?.map(({ type }) => type)).toEqual(['console', 'statsd']);
  });

  it('of too many exporters is told, and the first 200 are taken', () => {
    const { config, problems } = problemsOf({ exporters: Array(300).fill({ type: 'console' }) });
    expect(config.exporters).toHaveLength(200);
    expect(problems.map(({ message }) => message)).toEqual([
      'telltale.config.json: "exporters" is a list of 300; the first 200 are taken.',
    ]);
  });

  it('is found everywhere at once, by the index that it has in the file', () => {
    const { problems } = problemsOf({ exporters: [{ type: 'x' }, { type: 'console' }, { type: 'y' }] });
    expect(problems.map(({ path }) => path)).toEqual(['exporters[0].type', 'exporters[2].type']);
  });
});

describe('a placeholder', () => {
  const take = (text: string, env: Record<string, string> = {}) =>
    readConfig({ cwd: project({ 'telltale.config.yaml': text }), env });

  it('becomes the type that is wanted where it stands alone, and text where it does not', () => {
    const text = `
disabled: \${OFF:-false}
sampling: { ratio: "\${RATIO}" }
runtime: \${RUNTIME}
attributes: { zone: "\${ZONE}", text: "\${ZONE}-\${NOT_SET:-b}", literal: "$\${ZONE}", nothing: "\${NOT_SET:-}" }
`;
    const { config, problems } = take(text, { RATIO: '0.25', RUNTIME: 'true', ZONE: '7' });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ disabled: false, sampling: { ratio: 0.25 }, runtime: true });
    expect(config.attributes).toEqual({ zone: '7', text: '7-b', literal: '${ZONE}' });
  });

  it('is not read again after it was replaced', () => {
    const { config } = take('attributes: { a: "${A}" }', { A: '${B}', B: 'secret' });
    expect(config.attributes).toEqual({ a: '${B}' });
  });

  it.each([
    ['${NOT_SET}', 'the variable NOT_SET is not set; set it, or give a default: ${NOT_SET:-…}.'],
    ['${EMPTY}', 'the variable EMPTY is not set'],
    ['${constructor}', 'the variable constructor is not set'],
    ['${', 'write ${NAME} or ${NAME:-default}, or $${ for a literal ${.'],
    ['${A:-${B}}', 'write ${NAME} or'],
    ['${1A}', 'write ${NAME} or'],
  ])('%s is left out and told', (text, message) => {
    const { config, problems } = take(`attributes: { a: '${text}', b: c }`, { EMPTY: '' });
    expect(config.attributes).toEqual({ b: 'c' });
    expect(problems).toEqual([
      {
        source: 'telltale.config.yaml',
        path: 'attributes.a',
        found: JSON.stringify(text),
        message: expect.stringContaining(`telltale.config.yaml: "attributes.a" is ${JSON.stringify(text)}: ${message}`),
      },
    ]);
  });

  it('that is not set costs its exporter, unless that is switched off', () => {
    const text = (enabled: string): string =>
      `exporters: [{ type: honeycomb, enabled: '${enabled}', config: { apiKey: '\${KEY}' } }]`;
    expect(take(text('${ON:-true}')).problems.map(({ path }) => path)).toContain('exporters[0].config.apiKey');
    expect(take(text('${ON:-true}')).config.exporters).toBeUndefined();
    expect(take('exporters: [{ type: console, enabled: false, name: "${NAME}" }]').problems).toEqual([]);
  });
});

describe('what must not be shown', () => {
  it('is in no message, whatever is wrong with it', () => {
    const hidden = 'hunter2-hunter2';
    const folder = project({
      'telltale.config.json': JSON.stringify({
        dashboard: { token: [hidden], tokn: hidden, port: '${PORT}' },
        attributes: { password: { a: hidden }, url: [`https://user:${hidden}@host`] },
        logLevel: `https://user:${hidden}@host/`,
        exporters: [
          { type: 'honeycomb', config: { apiKey: 5, apiKye: hidden } },
          { type: 'otlp', config: { headers: { authorization: { value: hidden } }, url: `ftp://user:${hidden}@host` } },
          { type: 'splunk', config: { token: hidden, url: `nonsense?token=${hidden}` } },
          { type: 'datadog', config: { apiKey: `\${KEY}${hidden}\${`, site: '${KEY}' } },
        ],
      }),
      'broken.yaml': `dashboard:\n  token: ${hidden}: ${hidden}\n`,
      'broken.json': `{ "token": ${hidden} }`,
    });
    const env = { KEY: hidden, PORT: hidden };
    for (const file of ['telltale.config.json', 'broken.yaml', 'broken.json']) {
      const { problems } = readConfig({ cwd: folder, env, file });
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.map(({ message, found }) => message + found).filter((text) => text.includes('hunter2'))).toEqual(
        [],
      );
    }
  });
});
