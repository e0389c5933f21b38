import type { z } from 'zod';
import type { Path } from './path-text.ts';

type Issue = z.core.$ZodIssue;

/** One thing that is wrong, and where. */
export interface Fault {
  readonly path: Path;
  readonly kind: 'unknown' | 'wrong' | 'rule';
  /** Of a rule that a definition puts in words. */
  readonly rule?: string;
}

/** The smallest parts that are wrong. */
export function faultsOf(issues: readonly Issue[], base: Path = []): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const path = [...base, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...path, key], kind: 'unknown' }));
    }
    if (issue.code === 'custom') return [{ path, kind: 'rule', rule: withoutGive(issue.message) }];
    if (issue.code === 'invalid_type' && issue.expected === 'never')
      return [{ path, kind: 'rule', rule: issue.message }];
    if (issue.code === 'invalid_key') {
      return [{ path, kind: 'rule', rule: `a key that fits: ${withoutGive(issue.issues[0]?.message ?? '')}` }];
    }
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.filter((group) => !group.some(isOfOtherType));
      if (meant.length === 1) return faultsOf(meant[0] as Issue[], path);
    }
    return [{ path, kind: 'wrong' }];
  });
}

/** Whether an alternative was not what was meant. */
function isOfOtherType({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union');
}

function withoutGive(message: string): string {
  return message.replace(/^give /, '').replace(/\.$/, '');
}
