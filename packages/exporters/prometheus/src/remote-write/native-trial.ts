import type { Written } from './written.ts';

/** What was answered to a request. */
export interface TrialAnswer {
  readonly status: number;
  readonly sent: Written;
  readonly written: Written | undefined;
  /** It had exponential histograms in it, in whatever form. */
  readonly exponential: boolean;
}

/**
 * Whether a receiver of 2.0 takes native histograms. It may have them switched off, and Prometheus up to 3.7 then answers 500 to whatever has one in it,
 * for ever. So until one was taken, they are sent as plain series after such an answer, and stay so when those are taken.
 */
export class NativeTrial {
  private settled = false;
  private wanted = true;

  get native(): boolean {
    return this.wanted;
  }

  answered({ status, sent, written, exponential }: TrialAnswer): void {
    if (this.settled || !exponential) return;
    const taken = status >= 200 && status < 300;
    if (!this.wanted) {
      this.settled = taken;
      // It was something else.
      this.wanted = status === 500;
      return;
    }
    if (sent.histograms === 0) return;
    if ((written?.histograms ?? 0) > 0) this.settled = true;
    else if (status === 500 || (written !== undefined && tookOthers(sent, written))) this.wanted = false;
  }
}

function tookOthers(sent: Written, written: Written): boolean {
  return written.samples > 0 || sent.samples === 0;
}
