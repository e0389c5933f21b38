import type { Check } from '../inspection.ts';
import { telltalePackages } from './telltale-packages.ts';

export const telemetryModule: Check = {
  name: 'telemetry-module',
  about: 'the file that makes the telemetry was not found, cannot be loaded, or exports none',
  run: ({ project, telemetry }) => {
    if (telemetry === undefined) {
      if (telltalePackages(project).length === 0) return [];
      return [
        {
          level: 'note',
          message: 'The exporters were not asked, because no file called telemetry exports what createTelemetry gives.',
          mend: 'Name the file that does, if it does nothing else: telltale doctor --module src/metrics.ts.',
        },
      ];
    }
    const { name, result, isGiven } = telemetry;
    if (result.error !== undefined) {
      return [
        {
          level: 'problem',
          message: `${name} cannot be loaded: ${result.error.replace(/\.$/, '')}.`,
          mend: /\.[cm]?tsx?$/.test(name)
            ? 'Where Node cannot run it as it is, name what was compiled: telltale doctor --module dist/telemetry.js.'
            : 'Mend what the message says; the service loads this file, too.',
        },
      ];
    }
    if (result.telemetries.length > 0) return [];
    return [
      {
        level: isGiven ? 'problem' : 'note',
        message: `${name} exports no telemetry, so the exporters were not asked.`,
        mend: 'Export what createTelemetry gives, or name the file that does: telltale doctor --module src/metrics.ts.',
      },
    ];
  },
};
