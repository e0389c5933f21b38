import { z } from 'zod';
import { option } from '../definitions/option.ts';
import { integration } from './backend-integration.ts';

export const consoleIntegration = integration({
  type: 'console',
  package: '@telltale/core',
  maker: 'consoleExporter',
  description: 'Prints metrics, spans and events on standard output, while developing.',
  signals: ['metrics', 'spans', 'events'],
  bare: true,
  config: z.strictObject({
    colour: option(z.boolean(), 'Default: whether standard output is a terminal and NO_COLOR is not set.'),
  }),
  dimensionsMean:
    'The console has no dimensions; what everything is to have belongs to `attributes` at the top of the file.',
});
