import type { ComponentChildren, VNode } from 'preact';

/** Why there is nothing to see, and what would change that. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): VNode {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}
