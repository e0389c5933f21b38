import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/dist/**', 'fixtures/consumers/templates/**'];
const nest = 'packages/nest/src/**/*.test.ts';
const nest11 = new URL('./fixtures/nest-11/node_modules/', import.meta.url).pathname;

export default defineConfig({
  test: {
    watch: false,
    // Only what hangs is to reach these: nothing that is asserted takes real time, and machines may be busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Vitest would leave a core free, which on two is half of them.
    maxWorkers: availableParallelism(),
    reporters: ['default', './scripts/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          // The page as its sources are now; a folder for what is packed once for several test files.
          globalSetup: ['./packages/dashboard/build-page.ts', './fixtures/consumers/src/packed-folder.ts'],
          include: [
            'packages/**/src/**/*.test.ts',
            '{apps/*,bench,fixtures/*}/{src,test}/**/*.test.ts',
            'scripts/*.test.ts',
          ],
          exclude,
        },
      },
      {
        // The same tests once more, on the version of Nest before.
        extends: true,
        test: { name: 'nest 11', include: [nest], exclude },
        resolve: { alias: [{ find: /^(@nestjs\/.+)$/, replacement: `${nest11}$1` }] },
      },
    ],
  },
});
