import { readConfig, withoutSecrets } from '@telltale/config';
import { Command } from 'commander';
import { configReport } from '../config/config-report.ts';
import { formatConfig } from '../config/format-config.ts';

/** Nothing to mend; something is left out or would fail; there is no such file. */
const CODES = { right: 0, wrong: 1, missing: 2 } as const;

export function configCommand(): Command {
  return new Command('config')
    .description('Checks the configuration of a service, from file and environment.')
    .addCommand(checkCommand())
    .addCommand(printCommand());
}

function checkCommand(): Command {
  return new Command('check')
    .description('Says what is wrong with the configuration, and what would run.')
    .argument(
      '[file]',
      'default: the one TELLTALE_CONFIG names, else the telltale.config.* that a service would find from here',
    )
    .option('--json', 'the same as data')
    .addHelpText(
      'after',
      '\nThe exit code is 0 when there is nothing to mend, 1 when there is, and 2 when the file is not there.\nA file in TypeScript or JavaScript is run. Nothing is started or sent.',
    )
    .action((file: string | undefined, { json }: { readonly json?: true }) => {
      const cwd = process.cwd();
      const report = configReport(file, process.env, cwd);
      process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : formatConfig(report, cwd));
      process.exitCode = report.isThere ? (report.ok ? CODES.right : CODES.wrong) : CODES.missing;
    });
}

function printCommand(): Command {
  return new Command('print')
    .description('Prints the configuration that file and environment give together, as JSON, without secrets.')
    .argument('[file]', 'as for check')
    .action((file: string | undefined) => {
      const { config, problems } = readConfig({ ...(file !== undefined && { file }) });
      process.stdout.write(`${JSON.stringify(withoutSecrets(config), undefined, 2)}\n`);
      for (const { message } of problems) process.stderr.write(`${message}\n`);
      if (problems.length > 0) process.exitCode = CODES.wrong;
    });
}
