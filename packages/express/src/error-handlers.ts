import { MAX_DEPTH, routerOf } from './chains.ts';
import { isPathless, type Layer, type Router } from './layer.ts';
import { isRecordingErrors, recordErrors } from './record-errors.ts';

/**
 * Puts `recordErrors()` in front of the error handlers of an application and of all routers that are mounted in it. The order of the service's own
 * handlers stays as it is, and requests that are under way go on in the stacks that they began with. What is there already is not put there twice.
 * Throws for a router that is built in another way than those of Express 4 and 5.
 */
export function recordHandledErrors(app: unknown): void {
  visit(routerOf(app), 0, new Set());
}

function visit(router: Router | undefined, depth: number, seen: Set<Router>): void {
  if (router === undefined || depth > MAX_DEPTH || seen.has(router)) return;
  seen.add(router);
  const { stack } = router;
  for (const { route, handle } of stack) if (route === undefined) visit(routerOf(handle), depth + 1, seen);
  const added = stack.flatMap((layer, at) => {
    // What fails between two error handlers comes by at the second only.
    const isFirst = isErrorHandler(layer) && !isErrorHandler(stack[at - 1]);
    const own = isFirst && !isOwn(layer) ? ownLayer(router) : undefined;
    return own === undefined ? [layer] : [own, layer];
  });
  if (added.length > stack.length) router.stack = added;
}

function isErrorHandler(layer: Layer | undefined): boolean {
  return (
    layer !== undefined && layer.route === undefined && typeof layer.handle === 'function' && layer.handle.length === 4
  );
}

function isOwn(layer: Layer): boolean {
  return isRecordingErrors(layer.handle) && isPathless(layer);
}

/** A layer as the router makes it, taken off the end of its stack. */
function ownLayer(router: Router): Layer | undefined {
  const { stack } = router as { readonly stack: Layer[] };
  const { length } = stack;
  router.use?.(recordErrors());
  if (router.stack !== stack || stack.length !== length + 1) return undefined;
  const layer = stack.pop();
  return layer !== undefined && isRecordingErrors(layer.handle) ? layer : undefined;
}
