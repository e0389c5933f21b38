import type { Check, Inspection } from '../inspection.ts';

export const spansWanted: Check = {
  name: 'spans-wanted',
  about: 'spans are asked for, and no exporter takes them',
  run: (inspection) => {
    const { telemetry } = inspection;
    const wanting = wantedBy(inspection);
    const found = telemetry?.result.telemetries ?? [];
    const taken = found.some(({ exporters }) => exporters.some(({ signals }) => signals.spans !== undefined));
    if (wanting === undefined || found.length === 0 || taken) return [];
    return [
      {
        level: 'note',
        message: `${wanting} asks for spans, and no exporter takes them.`,
        mend: 'Add an exporter that does, such as consoleExporter(), or OTEL_TRACES_EXPORTER=console for @telltale/register.',
      },
    ];
  },
};

function wantedBy({ project, registered, telemetry }: Inspection): string | undefined {
  if (telemetry?.result.telemetries.some(({ spans }) => spans)) return telemetry.name;
  if (registered.length > 0 && project.env.OTEL_TRACES_SAMPLER) return 'OTEL_TRACES_SAMPLER';
  const file = project.sources.files.find(({ text }) =>
    /\btelemetry\.(span|traced)\(|@Traced\b|\bsampling:/.test(text),
  );
  return file?.path;
}
