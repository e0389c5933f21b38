import { LambdaSandbox } from '@telltale-internal/backends';
import { expect, test } from 'vitest';
import { type Arrivals, arrivedByEmf } from './arrivals.test-support.ts';
import { RUNTIME, taskRootOf } from './in-lambda.test-support.ts';
import { functionUrlEvent, httpApiEvent } from './lambda-events.test-support.ts';

/** What a function in a sandbox of its own wrote, when it is over. */
async function inLambda(
  program: string,
  use: (sandbox: LambdaSandbox) => Promise<void>,
  options: Partial<Parameters<typeof LambdaSandbox.start>[0]> = {},
): Promise<Arrivals> {
  const root = await taskRootOf(program);
  const sandbox = await LambdaSandbox.start({
    runtime: RUNTIME,
    taskRoot: root.path,
    handler: 'index.handler',
    ...options,
  });
  const arrivals: Arrivals = new Map();
  try {
    await use(sandbox);
    expect(sandbox.complaints).toEqual([]);
  } finally {
    await sandbox.shutdown();
    await root.remove();
  }
  arrivedByEmf(sandbox.stdout, arrivals);
  return arrivals;
}

test.each(['handler', 'inner'])('a streamed response goes out as it is written (%s)', async (name) => {
  const url = (path: string) => ({ ...functionUrlEvent(path), ...httpApiEvent(`GET ${path}`) });
  const arrivals = await inLambda(
    './streaming-function.test-support.ts',
    async (sandbox) => {
      const prelude = `${JSON.stringify({ statusCode: 418, headers: { 'x-a': 'b' } })}${'\0'.repeat(8)}`;
      expect(await sandbox.invoke(url('/teapot'))).toEqual({
        kind: 'response',
        streamed: true,
        contentType: 'application/vnd.awslambda.http-integration-response',
        body: `${prelude}short and stout`,
      });
      expect(await sandbox.invoke(url('/plain'))).toMatchObject({ kind: 'response', body: 'short and stout' });
      expect(await sandbox.invoke(url('/throws'))).toMatchObject({ kind: 'error', error: { errorType: 'RangeError' } });
    },
    { handler: `index.${name}` },
  );
  expect(Object.fromEntries(arrivals)).toMatchObject({
    'faas.invocations faas.trigger=http': 2,
    'faas.errors faas.trigger=http error.type=RangeError': 1,
    'http.server.request.duration http.route=/teapot http.response.status_code=418': 1,
    'http.server.request.duration http.route=/plain http.response.status_code=200': 1,
    'http.server.request.duration error.type=RangeError http.route=/throws http.response.status_code=500': 1,
  });
});

test('what nobody catches ends the process as without us, after it was delivered', async () => {
  let output = '';
  const arrivals = await inLambda('./shop-function.test-support.ts', async (sandbox) => {
    expect(await sandbox.invoke({ do: 'crash' })).toEqual({ kind: 'exit', code: 1, signal: null });
    output = sandbox.stderr;
  });
  expect(output).toMatch(/SyntaxError: nobody catches this\n\s+at .*shop-function/);
  expect(Object.fromEntries(arrivals)).toMatchObject({ 'faas.errors faas.trigger=other error.type=SyntaxError': 1 });
});

test('of several invocations at once in one process, each is counted and answered', async () => {
  const arrivals = await inLambda(
    './shop-function.test-support.ts',
    async (sandbox) => {
      await sandbox.invoke({});
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => sandbox.invoke({ status: 200 + i })));
      expect(
        answers.map((answer) =>
          answer.kind === 'response' ? (JSON.parse(answer.body) as { statusCode: number }).statusCode : answer,
        ),
      ).toEqual(Array.from({ length: 20 }, (_, i) => 200 + i));
      // A thread of this runtime sees no signal: what waits leaves when it is due.
      const until = Date.now() + 60_000;
      const count = () => {
        const found: Arrivals = new Map();
        arrivedByEmf(sandbox.stdout, found);
        return found.get('faas.invocations faas.trigger=other');
      };
      while (count() !== 21 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    { freezes: false, env: { AWS_LAMBDA_MAX_CONCURRENCY: '8', AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' } },
  );
  expect(arrivals.get('faas.invocations faas.trigger=other')).toBe(21);
});
