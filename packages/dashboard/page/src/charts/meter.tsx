import type { VNode } from 'preact';
import { percent } from '../format.ts';

/** A share as a bar and as a number. */
export function Meter({ share, high = 0.9 }: { share: number | null; high?: number }): VNode {
  const wrong = (share ?? 0) > high;
  return (
    <span class="meter">
      <span class="meter-track" aria-hidden="true">
        <span
          class={wrong ? 'meter-fill meter-high' : 'meter-fill'}
          style={{ '--share': String(Math.max(0, Math.min(1, share ?? 0))) }}
        />
      </span>
      <span class="meter-number">
        {wrong && '▲ '}
        {percent(share)}
      </span>
    </span>
  );
}
