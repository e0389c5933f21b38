import { fork } from 'node:child_process';
import type { ProbeResult } from './probe-result.ts';

export interface ProbeOptions {
  /** The file that runs commands. */
  readonly main: string;
  readonly folder: string;
  /** File, or package, that exports the telemetry. */
  readonly module: string;
  readonly env: NodeJS.ProcessEnv;
  /** Seconds that its exporters may take. */
  readonly timeout: number;
}

/** Seconds that the module may take to load besides. */
const LOADING = 5;
/** What is kept of what the module writes. */
const MAX_OUTPUT = 4000;

/** Loads a telemetry module in a process of its own and asks its exporters. Never rejects, and the process is gone when it resolves. */
export function probe({ main, folder, module, env, timeout }: ProbeOptions): Promise<ProbeResult> {
  const child = fork(main, ['probe', module, folder, `${timeout}`], {
    cwd: folder,
    env: withoutRegister(env),
    // Without those of doctor itself; Node before 22.18 takes TypeScript only when asked.
    execArgv: /\.[cm]?ts$/.test(module) && !process.features.typescript ? ['--experimental-strip-types'] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let output = '';
  child.stderr?.on('data', (data) => {
    output = (output + String(data)).slice(-MAX_OUTPUT);
  });
  return new Promise((resolve) => {
    let result: ProbeResult | undefined;
    const timer = setTimeout(
      () => {
        result ??= failed(`it was not ready within ${timeout + LOADING} s`);
        child.kill('SIGKILL');
      },
      (timeout + LOADING) * 1000,
    );
    child.once('message', (message) => {
      result ??= message as ProbeResult;
      child.kill('SIGKILL');
    });
    child.once('error', (error) => {
      result ??= failed(error.message);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(result ?? failed(`the process ended with ${code ?? 'a signal'}${lastLine(output)}`));
    });
  });
}

/** It would start in the process itself, before what is to be asked. */
function withoutRegister(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = env.NODE_OPTIONS?.replace(/(--import|--require|-r)[= ]+"?@telltale\/register"?/g, '');
  return { ...env, NODE_OPTIONS: options };
}

function failed(error: string): ProbeResult {
  return { telemetries: [], rendered: {}, error };
}

/** The one that names the error, as Node prints it. */
function lastLine(output: string): string {
  const line = output.split('\n').findLast((one) => /^\w*(Error|Warning)\b.*:/.test(one.trim()));
  return line === undefined ? '' : `: ${line.trim()}`;
}
