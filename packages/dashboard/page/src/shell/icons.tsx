import type { VNode } from 'preact';

/** Shapes beside colours: each state has its own. */
export type IconName = 'ok' | 'info' | 'warning' | 'error' | 'critical' | 'idle' | 'pause' | 'play' | 'close' | 'back';

const PATHS: Readonly<Record<IconName, string>> = {
  ok: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm3.3 4.8-3.9 4.4a.8.8 0 0 1-1.2 0L4.5 8.9l1.1-1 1.2 1.2 3.3-3.8Z',
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM7.2 4.5h1.6V6H7.2Zm0 2.6h1.6v4.4H7.2Z',
  warning: 'M7.1 2.2a1 1 0 0 1 1.8 0l5.7 10.3a1 1 0 0 1-.9 1.5H2.3a1 1 0 0 1-.9-1.5ZM7.2 6v4h1.6V6Zm0 5v1.5h1.6V11Z',
  error: 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2ZM7.2 4.5v4.3h1.6V4.5Zm0 5.5v1.6h1.6V10Z',
  critical: 'M2.5 2.5h11v11h-11Zm2.4 3.5L6.9 8l-2 2L6 11.1l2-2 2 2 1.1-1.1-2-2 2-2L10 4.9l-2 2-2-2Z',
  idle: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.6a4.9 4.9 0 1 1 0 9.8 4.9 4.9 0 0 1 0-9.8ZM5 7.2h6v1.6H5Z',
  pause: 'M4 3h3v10H4Zm5 0h3v10H9Z',
  play: 'M4.5 2.8v10.4L13 8Z',
  close: 'm4.2 3.1 3.8 3.8 3.8-3.8 1.1 1.1L9.1 8l3.8 3.8-1.1 1.1L8 9.1l-3.8 3.8-1.1-1.1L6.9 8 3.1 4.2Z',
  back: 'M9.8 2.9 4.7 8l5.1 5.1 1.1-1.1L6.9 8l4-4Z',
};

/** Says nothing to screen readers: the words beside it do. */
export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path fill-rule="evenodd" d={PATHS[name]} />
    </svg>
  );
}

/** Strips of cloth in the wind. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path class="mark-mast" d="M4 2v20" />
      <path class="mark-strip" d="M4 5c5-3 7 3 11 1.500s4-1.500 6-1.500" />
      <path class="mark-strip mark-second" d="M4 11c4-2.500 6 2.500 9 1s3-1 5-1" />
    </svg>
  );
}
