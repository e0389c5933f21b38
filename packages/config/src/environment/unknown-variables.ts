import { nearestOf } from '@telltale/core';
import type { EnvironmentReader } from './environment-reader.ts';
import { VARIABLES } from './environment-variables.ts';

const OURS = 'TELLTALE_';
/** Read elsewhere: what @telltale/gather hands to children, and what the sidecar is set up by. */
const OTHERS = /^TELLTALE_(GATHER$|SIDECAR_)/;
/** What Kubernetes sets in every pod for a service that is called `telltale` or `telltale-…`: these names, and `…_PORT` with such a value. */
const KUBERNETES = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const KUBERNETES_PORT = /^(tcp|udp|sctp):\/\//;

/** Tells of variables that begin with ours and are none: a slip would otherwise change nothing and say nothing. Its value may be a secret. */
export function tellUnknown(reader: EnvironmentReader): void {
  const known: readonly string[] = VARIABLES.map(({ name }) => name);
  for (const name of reader.names(OURS)) {
    if (known.includes(name) || OTHERS.test(name) || isOfKubernetes(name, reader.text(name) ?? '')) continue;
    const near = nearestOf(afterPrefix(name), known.map(afterPrefix));
    const nearest = known.find((one) => afterPrefix(one) === near);
    reader.tellWithoutValue(
      name,
      nearest === undefined
        ? `Telltale has no such variable: of its own there is ${known.filter((one) => one.startsWith(OURS)).join(', ')}.`
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
