import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker as Thread } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';

const SNIPPET = new URL('./snippets/opentelemetry.ts', import.meta.url);
const PROGRAM = fileURLToPath(new URL('./opentelemetry-program.test-support.ts', import.meta.url));

/** The address of a Postgres that lasts as long as the test. */
async function postgres(): Promise<string> {
  const thread = new Thread(new URL('./embedded-postgres.ts', import.meta.url));
  onTestFinished(async () => {
    thread.postMessage('stop');
    await once(thread, 'exit');
  });
  const [address] = (await once(thread, 'message')) as [string];
  return address;
}

it('what OpenTelemetry records of a database client is in the traces and metrics of Telltale', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', SNIPPET.href, PROGRAM, await postgres()]);
  // Durations differ, and lines of time of day are no part of it.
  const lines = stdout.split('\n').map((line) => line.replaceAll(/\d[\d.]* (ms|s)\b/g, '#'));
  const at = lines.findIndex((line) => line.startsWith('  #  process reports  consumer'));
  expect(lines.slice(at + 1, at + 3)).toEqual([
    expect.stringMatching(/^ {4}# {2}pg\.query:SELECT postgres {2}client .* db\.query\.text="select 42 as answer"$/),
    expect.stringMatching(/^ {4}# {2}pg\.query:SELECT postgres {2}client {2}error: .*nowhere.* does not exist/),
  ]);
  const durations = lines.slice(lines.indexOf('  db.client.operation.duration s') + 1);
  expect(durations[0]).toMatch(/db\.operation\.name=SELECT .* {2}count 2, mean #/);
}, 120_000);
