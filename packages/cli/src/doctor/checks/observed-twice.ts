import type { Check } from '../inspection.ts';

export const observedTwice: Check = {
  name: 'observed-twice',
  about:
    "a framework is observed by Telltale and by OpenTelemetry's instrumentation; where these write to Telltale, each request is two spans",
  run: ({ frameworks, project, registered }) => {
    const toTelltale =
      registered.length > 0 || project.sources.files.some(({ text }) => /\btelemetry\.register\(\)/.test(text));
    return frameworks.flatMap(({ name, observedBy }) => {
      const ours = observedBy.find(({ by }) => by.startsWith('@telltale/'));
      const others = observedBy.filter(({ by }) => !by.startsWith('@telltale/')).map(({ by }) => by);
      if (ours === undefined || others.length === 0) return [];
      return [
        {
          level: toTelltale ? ('problem' as const) : ('note' as const),
          message: `${name} is observed by ${ours.by} and by ${others.join(', ')}${toTelltale ? ', which writes to Telltale as well: its work counts twice' : ''}.`,
          mend: `Keep one: remove ${others.join(' and ')}, or ${ours.by}.`,
        },
      ];
    });
  },
};
