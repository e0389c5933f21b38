import { setTimeout as sleep } from 'node:timers/promises';
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { createContexts } from './context.ts';

const KEY = createContextKey('test');
const MARKED = ROOT_CONTEXT.setValue(KEY, 'here');

afterEach(() => context.disable());

describe('createContexts', () => {
  it('carries a context through asynchronous code', async () => {
    const contexts = createContexts();
    expect(contexts.active()).toBe(ROOT_CONTEXT);
    const seen = await contexts.with(MARKED, async () => {
      await sleep(1);
      return contexts.active();
    });
    expect(seen).toBe(MARKED);
    expect(contexts.active()).toBe(ROOT_CONTEXT);
  });

  it('is not the global one unless there was one', () => {
    createContexts().with(MARKED, () => expect(context.active()).toBe(ROOT_CONTEXT));
  });

  it('shares the one that the service has registered, and leaves switching it off to the service', () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const contexts = createContexts();
    context.with(MARKED, () => expect(contexts.active()).toBe(MARKED));
    contexts.with(MARKED, () => expect(context.active()).toBe(MARKED));
    const receiver = { name: 'me' };
    const bound = contexts.bind(MARKED, function read(this: unknown, ...args: number[]) {
      return [this, context.active(), ...args];
    });
    expect(bound.call(receiver, 1)).toEqual([receiver, MARKED, 1]);
    expect(
      contexts.with(
        MARKED,
        function sum(this: unknown, a: number) {
          return [this, a];
        },
        receiver,
        2,
      ),
    ).toEqual([receiver, 2]);
    contexts.disable();
    contexts.enable();
    context.with(MARKED, () => expect(contexts.active()).toBe(MARKED));
    const token = contexts.attach?.(MARKED);
    expect(contexts.active()).toBe(MARKED);
    token?.dispose();
    expect(contexts.active()).toBe(ROOT_CONTEXT);
  });
});
