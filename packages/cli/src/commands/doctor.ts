import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { examine } from '../doctor/examine.ts';
import { formatReport } from '../doctor/format-report.ts';

interface Options {
  readonly module?: string;
  readonly json?: true;
  readonly timeout: number;
}

export function doctorCommand(main: string): Command {
  return new Command('doctor')
    .description('Says what is observed and by what, which exporters work, what is misconfigured and the mend.')
    .argument('[dir]', 'the project, where its package.json is', '.')
    .option(
      '--module <file>',
      'the file that exports what createTelemetry gives; default: the telemetry.* of the project',
    )
    .option('--json', 'the same as data')
    .option('--timeout <seconds>', 'how long the exporters may take', seconds, 10)
    .addHelpText('after', '\nThe exit code is 1 when there is a problem, and 0 when there are only notes.')
    .action(async (dir: string, { module, json, timeout }: Options) => {
      const report = await examine({
        folder: resolve(dir),
        env: process.env,
        timeout,
        main,
        ...(module !== undefined && { module }),
      });
      process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
      if (!report.ok) process.exitCode = 1;
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 600)) throw new InvalidArgumentError('Give seconds from 1 to 600.');
  return value;
}
