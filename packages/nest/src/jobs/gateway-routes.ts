import type { IncomingMessage } from 'node:http';
import { pathOf } from '@telltale/core';
import type { Class, Containers } from '../classes/container.ts';
import { classesIn } from './container.ts';
import { GATEWAY, GATEWAY_OPTIONS, GATEWAY_PORT, metadataOf } from './handler-metadata.ts';

/** For `observeUpgrades`: the path of the gateway that a connection to the application's own server is for, `undefined` if there is none. */
export function gatewayRoutes(modules: Containers): (request: Pick<IncomingMessage, 'url'>) => string | undefined {
  const paths = new Set<string>();
  for (const type of classesIn(modules)) {
    // A gateway with a port has a server of its own.
    if (isGateway(type) && !metadataOf(GATEWAY_PORT, type)) paths.add(normalized(gatewayPath(type)));
  }
  return ({ url }) => {
    const path = normalized(pathOf(url ?? ''));
    return paths.has(path) ? path : undefined;
  };
}

function isGateway(type: Class): boolean {
  return metadataOf(GATEWAY, type) === true;
}

function gatewayPath(gateway: Class): unknown {
  const options = metadataOf(GATEWAY_OPTIONS, gateway) as { readonly path?: unknown } | undefined;
  return options?.path;
}

/** As Nest does: one slash before, none behind. */
function normalized(path: unknown): string {
  return typeof path === 'string' ? `/${path.replace(/\/+$/, '')}`.replace(/\/+/g, '/') : '/';
}
