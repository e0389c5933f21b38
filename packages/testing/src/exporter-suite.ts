import { describe } from 'vitest';
import { metricsTests } from './exporter-suite-metrics.ts';
import { networkTests } from './exporter-suite-network.ts';
import { signalTests } from './exporter-suite-signals.ts';
import type { ExporterSuiteOptions } from './exporter-under-test.ts';

/** The tests that every exporter passes. Call it at the top of a test file of vitest. */
export function exporterSuite(options: ExporterSuiteOptions): void {
  describe(`${options.name} as an exporter`, () => {
    signalTests(options);
    if (options.signals.includes('metrics')) metricsTests(options);
    networkTests(options);
  });
}
