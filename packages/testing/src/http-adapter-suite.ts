import { describe } from 'vitest';
import { connectionsTests } from './http-adapter-connections.ts';
import { optionsTests } from './http-adapter-options.ts';
import { outcomesTests } from './http-adapter-outcomes.ts';
import { routesTests } from './http-adapter-routes.ts';
import { sizesTests } from './http-adapter-sizes.ts';
import { spansTests } from './http-adapter-spans.ts';
import { httpAdapterTests } from './http-adapter-subject.ts';
import { timeTests } from './http-adapter-time.ts';
import type { HttpAdapterSuiteOptions } from './http-adapter-under-test.ts';
import { upgradesTests } from './http-adapter-upgrades.ts';

/**
 * The tests that every HTTP adapter passes, over real connections. Call it at the top of a test file of vitest; the application that
 * `serve` must provide is described there.
 */
export function httpAdapterSuite(options: HttpAdapterSuiteOptions): void {
  const tests = httpAdapterTests(options);
  describe(`${options.name} as an HTTP adapter`, () => {
    routesTests(tests);
    outcomesTests(tests);
    timeTests(tests);
    connectionsTests(tests);
    sizesTests(tests);
    spansTests(tests);
    optionsTests(tests);
    upgradesTests(tests);
  });
}
