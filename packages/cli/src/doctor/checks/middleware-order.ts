import type { Check } from '../inspection.ts';
import { lineOf } from '../project/imports.ts';

const OBSERVED = /\b(\w+)\.use\(\s*expressTelemetry\(/g;
/** What may come before: where metrics and health are served, which nobody wants to be observed. */
const MEANT = /^\s*['"`]\/(metrics|health|healthz|ready|readyz|live|livez|ping)\b/;

export const middlewareOrder: Check = {
  name: 'middleware-order',
  about: 'something else is mounted in an application before `expressTelemetry`',
  run: ({ project }) =>
    project.sources.files.flatMap(({ path, text }) =>
      [...text.matchAll(OBSERVED)].flatMap((match) => {
        const app = match[1] ?? '';
        const before = text.slice(0, match.index);
        const earlier = [
          ...before.matchAll(new RegExp(`\\b${app}\\.(?:use\\(|(?:get|post|put|patch|delete|all)\\(\\s*['"\`]/)`, 'g')),
        ].find((one) => !MEANT.test(before.slice(before.indexOf('(', one.index) + 1, one.index + 60)));
        if (earlier === undefined) return [];
        return [
          {
            level: 'note' as const,
            message: `${path}:${lineOf(text, earlier.index)} mounts something before expressTelemetry in line ${lineOf(text, match.index)}, so what it answers is not observed.`,
            mend: `Mount expressTelemetry first: ${app}.use(expressTelemetry(telemetry)).`,
          },
        ];
      }),
    ),
};
