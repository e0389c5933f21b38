import type { Application, Layer, Route, Router } from './layer.ts';

/** The layers that lead to a route, from the root on; the last is the route's own. */
export type Chain = readonly Layer[];

/** Routers are rarely mounted deeper than five; a router that is mounted in itself ends here. */
export const MAX_DEPTH = 16;

/** The application that all others around this one are mounted in. */
export function rootOf(app: Application | undefined): Application | undefined {
  let root = app;
  for (let depth = 0; root?.parent !== undefined && depth < MAX_DEPTH; depth++) root = root.parent;
  return root;
}

/** The layers of an application or router; of other handlers, none. */
export function stackOf(handler: unknown): readonly Layer[] {
  return routerOf(handler)?.stack ?? [];
}

/** The router that a handler is, or that an application has. */
export function routerOf(handler: unknown): Router | undefined {
  if (typeof handler !== 'function' && (typeof handler !== 'object' || handler === null)) return undefined;
  if (isStack((handler as { readonly stack?: unknown }).stack)) return handler as unknown as Router;
  const { _router } = handler as Application;
  if (_router !== undefined) return _router;
  if (!('handle' in handler && 'set' in handler)) return undefined;
  try {
    return (handler as Application).router;
  } catch {
    return undefined; // an Express 4 without any route
  }
}

/** Other functions, too, may have something of this name. */
function isStack(stack: unknown): boolean {
  if (!Array.isArray(stack)) return false;
  const [first] = stack;
  return stack.length === 0 || (typeof first === 'object' && first !== null && 'handle' in first);
}

/** All ways to the route. */
export function chainsTo(route: Route, stack: readonly Layer[], before: Chain, depth: number): readonly Chain[] {
  if (depth > MAX_DEPTH) return [];
  return stack.flatMap((layer) => {
    if (layer.route !== undefined) return layer.route === route ? [[...before, layer]] : [];
    return chainsTo(route, stackOf(layer.handle), [...before, layer], depth + 1);
  });
}

/** The ways through the application that the route is in and those that it is mounted in. */
export function chainsThrough(route: Route, app: Application): readonly Chain[] {
  let chains = chainsTo(route, stackOf(app), [], 0);
  let inner = app;
  for (let depth = 0; inner.parent !== undefined && depth < MAX_DEPTH; depth++) {
    const mounts = stackOf(inner.parent).filter(isMountedApp);
    chains = mounts.flatMap((mount) => chains.map((chain) => [mount, ...chain]));
    inner = inner.parent;
  }
  return chains;
}

/** Express puts a function of this name around an application; which one is inside does not show. */
export function isMountedApp({ handle }: Layer): boolean {
  return typeof handle === 'function' && handle.name === 'mounted_app';
}
