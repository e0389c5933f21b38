import { basename, dirname, sep } from 'node:path';

/** Programs that start the service as a process of its own. With NODE_OPTIONS they load this package too, and would take its port. */
const LAUNCHERS = new Set(
  'npm npx pnpm pnpx yarn yarnpkg corepack nodemon nest tsc turbo nx lerna concurrently npm-run-all run-s run-p'.split(
    ' ',
  ),
);

/** It asks the telemetry of a service in a process of its own. */
const OWN_CLI = /[\\/](@telltale[\\/]cli[\\/]|\.bin[\\/]telltale$)/;

/** Where the application's package.json is looked for: beside the file that was started, unless that is a tool's. */
export function packageFolder(): string {
  const file = process.argv[1];
  return file === undefined || isInstalled(file) ? process.cwd() : dirname(file);
}

/** Whether the program only starts the service. By its name, and only among installed programs: the service itself may be called `nest.js`. */
export function isLauncher(file: string | undefined): boolean {
  if (file === undefined) return false;
  if (OWN_CLI.test(file)) return true;
  const name = basename(file).replace(/(-cli)?\.[cm]?js$/, '');
  // Yarn calls its releases yarn-4.9.1.cjs.
  return (
    LAUNCHERS.has(name.replace(/-\d.*$/, '')) && (isInstalled(file) || /[\\/](bin|corepack|\.yarn)[\\/]/.test(file))
  );
}

function isInstalled(file: string): boolean {
  return file.split(sep).includes('node_modules');
}
