import type { ConfigProblem } from '@telltale/config';
import type { Finding } from '../report.ts';

/** What is wrong, and after its first sentence what to do. */
export function problemFinding({ message }: ConfigProblem): Omit<Finding, 'check'> {
  const [what = '', ...rest] = message.split(/(?<=\.) /);
  const mend = rest.join(' ');
  return {
    level: 'problem',
    message: what,
    mend: mend === '' ? 'Ask telltale config check for the whole of it.' : mend,
  };
}
