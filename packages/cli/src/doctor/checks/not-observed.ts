import { adaptersOf } from '../frameworks.ts';
import type { Check } from '../inspection.ts';

export const notObserved: Check = {
  name: 'not-observed',
  about: 'a framework is there, and nothing observes it',
  run: ({ frameworks }) => {
    const left = frameworks.filter(({ supported, observedBy }) => supported && observedBy.length === 0);
    // What takes no requests and no jobs by itself is observed with the framework that it is a part of.
    const main = left.filter(({ name }) => !name.startsWith('@nestjs/') || name === '@nestjs/core');
    const nothing = frameworks.length > 0 && frameworks.every(({ observedBy }) => observedBy.length === 0);
    return main.map(({ name, version }) => ({
      level: nothing ? 'problem' : 'note',
      message: `Nothing observes ${name} ${version}.`,
      mend: `Use ${adaptersOf(name).join(' or ')}, or start the service with node --import @telltale/register.`,
    }));
  },
};
