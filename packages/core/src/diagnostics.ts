import { TelemetryError, type TelemetryErrorCode } from './errors.ts';
import { isThenable } from './settle.ts';

/** Told about problems of recording (once each) and of exporting. `exporter` names the exporter concerned. */
export type ErrorListener = (error: TelemetryError, exporter?: string) => void;

/** Distinct problems remembered for "warn once"; past it, problems are still counted. */
const MAX_REMEMBERED = 1000;

/** Counts what goes wrong and tells it: each problem of recording once, each problem of exporting whenever its teller asks. Never throws. */
export class Diagnostics {
  /** How often each kind of problem was met. */
  readonly counts = new Map<TelemetryErrorCode, number>();
  private readonly warned = new Set<string>();
  private readonly onError: ErrorListener;

  constructor(onError: ErrorListener = emitWarning) {
    this.onError = onError;
  }

  /** Counts a problem, and tells it the first time it is met for this subject. `detail` is only called then. */
  problem(code: TelemetryErrorCode, subject: string, detail: () => string): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    const key = `${code} ${subject}`;
    if (this.warned.has(key) || this.warned.size >= MAX_REMEMBERED) return;
    this.warned.add(key);
    this.tell(new TelemetryError(code, detail()));
  }

  /** Counts and tells. */
  report(error: TelemetryError, exporter?: string): void {
    this.counts.set(error.code, (this.counts.get(error.code) ?? 0) + 1);
    this.tell(error, exporter);
  }

  private tell(error: TelemetryError, exporter?: string): void {
    try {
      const result: unknown = this.onError(error, exporter);
      // An async listener's failure would otherwise end the process.
      if (isThenable(result)) result.then(undefined, () => {});
    } catch {
      // The listener is the user's; its failure must not reach the code that was recording.
    }
  }
}

function emitWarning(error: TelemetryError, exporter?: string): void {
  process.emitWarning(exporter === undefined ? error.message : `${exporter}: ${error.message}`, {
    type: 'TelltaleWarning',
    code: error.code,
  });
}
