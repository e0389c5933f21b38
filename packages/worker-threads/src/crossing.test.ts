import { MessageChannel } from 'node:worker_threads';
import { propagation } from '@opentelemetry/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf, LIBRARIES, type Observed, observed, observedPool } from './pools.test-support.ts';
import { TRACED_TASKS } from './task-files.test-support.ts';
import type { Found } from './traced-tasks.test-support.ts';

/** Runs `work` with `tenant=acme` in the baggage. */
function withTenant<T>({ telemetry }: Observed, work: () => T): T {
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
  return telemetry.withContext(propagation.setBaggage(telemetry.activeContext(), baggage), work);
}

describe.each(LIBRARIES)('a task of $name', (library) => {
  const pools = (scene: Observed, context: boolean) =>
    observedPool(scene, library, 1, { context }, { filename: TRACED_TASKS, name: 'find' });

  it('runs in the trace of whoever sent it, and with its baggage', async () => {
    const scene = observed();
    const pool = pools(scene, true);
    const run = () => withTenant(scene, () => pool.run({ image: 'a.png' })) as Promise<Found>;
    const found = await scene.telemetry.span('request', run);
    const [task, request] = await scene.spans();
    expect([task?.name, task?.parentSpanId, task?.traceId]).toEqual(['find', request?.spanId, request?.traceId]);
    expect(found).toMatchObject({
      payload: 'object {"image":"a.png"}',
      trace: { trace_id: task?.traceId, span_id: task?.spanId },
      tenant: 'acme',
    });
  });

  it('has no trace where that is not asked for, or where there is none', async () => {
    const scene = observed();
    const pool = pools(scene, false);
    expect(await withTenant(scene, () => pool.run('x'))).toMatchObject({ payload: 'string "x"', trace: {} });
    const bare = observed({ signals: { spans: false } });
    expect(await pools(bare, true).run('x')).toMatchObject({ payload: 'string "x"', trace: {} });
  });

  it.each([false, true])('is given what was sent, whatever that is; with context: %s', async (context) => {
    const scene = observed();
    const pool = pools(scene, context);
    const found = async (payload: unknown, options?: Record<string, unknown>): Promise<string> =>
      ((await pool.run(payload, options)) as Found).payload;
    expect(await found(undefined)).toBe('undefined undefined');
    expect(await found(null)).toBe('object null');
    expect(await found(7)).toBe('number 7');
    expect(await found('text')).toBe('string "text"');
    expect(await found([1, [2]])).toBe('object [1,[2]]');
    expect(await found(new Map([['a', 1]]))).toBe('Map [["a",1]]');
    const copied = new ArrayBuffer(8);
    expect([await found(copied), copied.byteLength]).toEqual(['ArrayBuffer 8', 8]);
    expect([await found(copied, { transferList: [copied] }), copied.byteLength]).toEqual(['ArrayBuffer 8', 0]);
    const moved = new Uint8Array([1, 2, 3]);
    expect([await found(library.move(moved)), moved.byteLength]).toEqual(['Uint8Array 1,2,3', 0]);
    const [whole, other] = [new ArrayBuffer(4), new ArrayBuffer(2)];
    expect(await found(library.move(whole), { transferList: [other] })).toBe('ArrayBuffer 4');
    expect([whole.byteLength, other.byteLength]).toEqual([0, 0]);
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    expect(await found({ port: port2 }, { transferList: [port2] })).toBe('object {"port":{}}');
    expect(scene.series('worker_pool.task.duration')).toEqual({ 'task.name=find': 11 });
    expect(scene.problems).toEqual([]);
  });

  it('leaves transfer lists as they are', async () => {
    const scene = observed();
    const pool = pools(scene, true);
    const options = Object.freeze({ transferList: Object.freeze([new ArrayBuffer(1)]) as unknown[] });
    await pool.run('x', options);
    expect(options.transferList).toHaveLength(1);
    // The buffer is gone, so the second try fails as it does without us.
    expect(await failureOf(pool.run('x', options))).toMatchObject({ name: 'DataCloneError' });
  });
});
