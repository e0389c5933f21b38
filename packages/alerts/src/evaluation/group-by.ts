import type { Condition } from '../rule.ts';

const BY_SERVICE = ['service.name'];

/** The attributes of which each combination is an alert of its own. */
export function byOf(condition: Condition): readonly string[] {
  return condition.by ?? (condition.type === 'absence' ? [] : BY_SERVICE);
}
