import { Command } from 'commander';
import { probeModule } from '../doctor/exporters/probe-module.ts';

/** For `doctor` alone, which starts it as a process: whatever the module does, doctor can end it. */
export function probeCommand(): Command {
  return new Command('probe')
    .argument('<module>')
    .argument('<dir>')
    .argument('<seconds>', '', Number)
    .action(async (module: string, dir: string, seconds: number) => {
      const result = await probeModule(module, dir, seconds);
      // What the service started keeps a process alive.
      process.send?.(result, () => process.exit());
    });
}
