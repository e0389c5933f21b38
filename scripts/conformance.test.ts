import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { reportFile } from './conformance-report.ts';

const SCRIPTS = [
  { name: 'conformance:bullmq', path: '../packages/bullmq/conformance/run.ts', variable: 'BULLMQ_SOURCE' },
  { name: 'conformance:opentelemetry', path: '../packages/core/conformance/run.ts', variable: 'OPENTELEMETRY_SOURCE' },
];

describe.each(SCRIPTS)('$name', ({ name, path, variable }) => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL(path, import.meta.url)), ...args], {
      encoding: 'utf8',
      env: { ...process.env, [variable]: undefined },
    });

  it('says how to give the path when none is given', () => {
    const { status, stderr } = run();
    expect(stderr).toContain(`pnpm ${name} PATH, or ${variable}=PATH.`);
    expect(status).toBe(2);
  });

  it('refuses a path that has no such sources', () => {
    const { status, stderr } = run(join(tmpdir(), 'no such folder'));
    expect(stderr).toMatch(/no such folder is neither a checkout of \S+ nor its git directory/);
    expect(status).toBe(2);
  });
});

describe('reportFile', () => {
  const differences = [{ because: 'we decided so', file: 'a.test.ts', tests: ['differs', 'is mended'] }];
  const outcome = (title: string, passed: boolean) => ({ title, passed, message: passed ? '' : '1 !== 2' });

  it('takes a failure with a reason as it is', () => {
    const outcomes = [outcome('works', true), outcome('differs', false), outcome('is mended', false)];
    expect(reportFile('a.test.ts', outcomes, differences)).toStrictEqual({
      lines: [
        'a.test.ts: 1 passed, 2 failed',
        ...['  differs: differs', '    we decided so', '  differs: is mended', '    we decided so'],
      ],
      passed: 1,
      failed: 2,
      unexpected: 0,
    });
  });

  it('tells of a failure without a reason', () => {
    const { lines, unexpected } = reportFile('b.test.ts', [outcome('differs', false)], differences);
    expect(unexpected).toBe(1);
    expect(lines).toContain('  FAILED: differs');
    expect(lines).toContain('    1 !== 2');
  });

  it('tells of a reason whose test passes or is gone', () => {
    const { lines, unexpected } = reportFile('a.test.ts', [outcome('is mended', true)], differences);
    expect(unexpected).toBe(2);
    expect(lines).toContain('  PASSES, though it is among the differences: is mended');
    expect(lines).toContain('  GONE, though it is among the differences: differs');
  });
});
