import type { EnvironmentReader } from './environment-reader.ts';
import { VARIABLES } from './environment-variables.ts';

const OURS = 'TELLTALE_';
/** What Kubernetes sets in every pod for a service that is called `telltale` or `telltale-…`: these names, and `…_PORT` with such a value. */
const KUBERNETES = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const KUBERNETES_PORT = /^(tcp|udp|sctp):\/\//;

/** Warns of variables that begin with ours and are none: a slip would otherwise change nothing and say nothing. */
export function warnOfUnknown(reader: EnvironmentReader): void {
  const known: readonly string[] = VARIABLES.map(({ name }) => name);
  for (const name of reader.names(OURS)) {
    if (known.includes(name) || isOfKubernetes(name, reader.text(name) ?? '')) continue;
    const nearest = known.find((one) => isNear(afterPrefix(one), afterPrefix(name)));
    const there = known.filter((one) => one.startsWith(OURS)).join(', ');
    reader.warn(
      name,
      nearest === undefined
        ? `Telltale has no such variable: of its own there is ${there}.`
        : `Telltale has no such variable: did you mean ${nearest}?`,
    );
  }
}

function isOfKubernetes(name: string, value: string): boolean {
  return KUBERNETES.test(name) || (name.endsWith('_PORT') && KUBERNETES_PORT.test(value));
}

function afterPrefix(name: string): string {
  return name.slice(name.indexOf('_') + 1);
}

/** Whether at most a third of the letters differ. */
function isNear(a: string, b: string): boolean {
  const most = Math.floor(a.length / 3);
  return Math.abs(a.length - b.length) <= most && editDistance(a, b) <= most;
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
