import type { VNode } from 'preact';

/**
 * A name that somebody else chose: of any length and script. Cut by CSS where there is no room, whole in the title; kept from turning
 * around what stands beside it.
 */
export function Name({ text, wrap = false }: { text: string; wrap?: boolean }): VNode {
  return (
    <bdi class={wrap ? 'name name-wrap' : 'name'} title={wrap ? undefined : text}>
      {text === '' ? '(empty)' : text}
    </bdi>
  );
}
