import { Command } from 'commander';
import { configCommand } from './commands/config.ts';
import { costCommand } from './commands/cost.ts';
import { doctorCommand } from './commands/doctor.ts';
import { probeCommand } from './commands/probe.ts';
import { templatesCommand } from './commands/templates.ts';

/** All commands, one file each. `main` is the file that runs them, for those that start a process of their own. */
export function createProgram(main: string): Command {
  return new Command('telltale')
    .description('Telemetry for Node services')
    .addCommand(doctorCommand(main))
    .addCommand(configCommand())
    .addCommand(costCommand())
    .addCommand(templatesCommand())
    .addCommand(probeCommand(), { hidden: true });
}
