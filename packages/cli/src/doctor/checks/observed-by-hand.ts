import type { Check } from '../inspection.ts';

export const observedByHand: Check = {
  name: 'observed-by-hand',
  about: 'the service is started with `@telltale/register` and makes telemetry of its own, too',
  run: ({ project, registered }) => {
    const [start] = registered;
    const byHand = project.sources.files.find(({ text }) => /\bcreateTelemetry\s*\(/.test(text));
    if (start === undefined || byHand === undefined) return [];
    return [
      {
        level: 'problem',
        message: `The service is started with @telltale/register (${start.where}) and makes telemetry of its own (${byHand.path}): its series are spread over two.`,
        mend: 'Keep one: drop --import @telltale/register, or import { telemetry } from @telltale/register instead of making one.',
      },
    ];
  },
};
