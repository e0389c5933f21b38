import { TelemetryError } from '@telltale/core';
import type { Command } from 'commander';
import type { Flags } from './options-of.ts';

/** Flags without a value, and the variable that says the same with `true` or `false`: a container is given variables more easily than flags. */
export const SWITCHES = {
  prometheus: 'TELLTALE_SIDECAR_PROMETHEUS',
  dashboard: 'TELLTALE_SIDECAR_DASHBOARD',
  alerts: 'TELLTALE_SIDECAR_ALERTS',
  defaultRules: 'TELLTALE_SIDECAR_DEFAULT_RULES',
  alertsLog: 'TELLTALE_SIDECAR_ALERTS_LOG',
} as const satisfies Partial<Record<keyof Flags, string>>;

/** The flags with what the environment says of those that are not on the command line. Throws for a variable that is neither `true` nor `false`. */
export function withSwitches(flags: Flags, command: Command, env: NodeJS.ProcessEnv = process.env): Flags {
  const told: Record<string, boolean> = {};
  for (const [flag, name] of Object.entries(SWITCHES)) {
    const text = env[name]?.trim().toLowerCase();
    if (text === undefined || text === '' || command.getOptionValueSource(flag) === 'cli') continue;
    if (text !== 'true' && text !== 'false') {
      throw new TelemetryError('ERR_OPTION', `${name} is ${JSON.stringify(env[name])}; give true or false.`);
    }
    told[flag] = text === 'true';
  }
  return { ...flags, ...told };
}
