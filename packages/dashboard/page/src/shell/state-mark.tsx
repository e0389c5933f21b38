import type { ComponentChildren, VNode } from 'preact';
import { Icon, type IconName } from './icons.tsx';

export type State = Exclude<IconName, 'pause' | 'play' | 'close' | 'back'>;

/** A state in colour, shape and words. */
export function StateMark({ state, children }: { state: State; children: ComponentChildren }): VNode {
  return (
    <span class={`state state-${state}`}>
      <Icon name={state} />
      <span>{children}</span>
    </span>
  );
}
