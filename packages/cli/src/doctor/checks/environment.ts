import type { Check } from '../inspection.ts';

export const environment: Check = {
  name: 'environment',
  about:
    'a variable that `@telltale/register` reads has a value that it cannot take, a `TELLTALE_…` variable is none, or `OTEL_SDK_DISABLED` is set',
  run: ({ environment, project, registered }) => {
    const isRead = registered.length > 0 || project.importOf('@telltale/register') !== undefined;
    const warnings = environment.warnings
      // What nobody reads can say what it likes, but what begins with our name is meant for us.
      .filter(({ variable }) => isRead || variable.startsWith('TELLTALE_'))
      .map(({ message }) => {
        const [what = '', ...rest] = message.split(/(?<=\.) /);
        return { level: 'problem' as const, message: what, mend: rest.join(' ') };
      });
    if (!isRead || !environment.disabled) return warnings;
    return [
      ...warnings,
      {
        level: 'problem',
        message: 'OTEL_SDK_DISABLED is "true", so nothing is observed.',
        mend: 'Unset it, or set it to false.',
      },
    ];
  },
};
