import type { ComponentChildren, VNode } from 'preact';

/** Terms and what they are, in a row that wraps. */
export function Facts({ facts }: { facts: readonly (readonly [term: string, value: ComponentChildren])[] }): VNode {
  return (
    <dl class="facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
