import type { VNode } from 'preact';
import type { Points } from '../live/line-store.ts';
import { sparklinePath } from './sparkline-path.ts';

const WIDTH = 88;
const HEIGHT = 22;

/** The way a number went; the number itself stands beside it, so this says nothing to screen readers. */
export function Sparkline({ points, wide = false }: { points: Points; wide?: boolean }): VNode {
  const path = sparklinePath(points, WIDTH, HEIGHT);
  return (
    <svg
      class={wide ? 'sparkline sparkline-wide' : 'sparkline'}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {path.area && <path class="sparkline-area" d={path.area} />}
      {path.line && <path class="sparkline-line" d={path.line} />}
    </svg>
  );
}
