import { type Chain, chainsThrough, chainsTo, isMountedApp, MAX_DEPTH, rootOf, stackOf } from './chains.ts';
import {
  type Application,
  allOf,
  isPathless,
  type Layer,
  type Route,
  staticTemplate,
  templateOf,
  vagueTemplate,
} from './layer.ts';
import { LayerMatcher } from './layer-matcher.ts';
import { pathOfRequest, type RoutedRequest } from './routed-request.ts';

/** In place of mount paths that cannot be known. */
const UNKNOWN = '/*';

/**
 * Finds the template of the route that took a request: the mount paths that lead to it and its own path. Express keeps the values of the
 * mount paths only, so the way is looked up in the routers' stacks, once for each route. Whatever the URL is, there are only so many templates.
 */
export class RouteTemplates {
  /** A template, or, when the URL decides, the ways there are. */
  private readonly found = new WeakMap<Route, string | readonly Chain[]>();
  /** The application in which a route was searched for in vain. */
  private readonly searched = new WeakMap<Route, Application>();
  private readonly layers = new LayerMatcher();

  /** The template for a response with this status; `undefined` if no route took the request. `app`: where the middleware is mounted. */
  of(request: RoutedRequest, app: Application | undefined, status: number): string | undefined {
    const { route } = request;
    if (route === undefined) return this.ofMount(request, app, status);
    const known = this.found.get(route) ?? this.search(route, request, app);
    if (typeof known === 'string') return known;
    const path = pathOfRequest(request);
    for (const chain of known) {
      const template = this.follow(chain, path, route);
      if (template !== undefined) return template;
    }
    const [first] = known;
    // No way fits the URL: something has rewritten it.
    if (first !== undefined) return first.reduce((base, layer) => join(base, vagueOf(layer)), '');
    return join(this.hiddenMount(request, app, route, path), chosenOf(route));
  }

  /** Of a request that was answered by a function mounted on a path, such as `app.use('/graphql', graphql)`: the path. */
  private ofMount(request: RoutedRequest, app: Application | undefined, status: number): string | undefined {
    const { baseUrl } = request;
    if (status === 404 || baseUrl === undefined || baseUrl === '') return undefined;
    const ways = this.mountsOf(stackOf(rootOf(app)), baseUrl, 0);
    // Where a router is mounted, one of its middlewares may have answered before any route took the request.
    return ways.length === 0 || ways.some((way) => way.isRouter) ? undefined : ways[0]?.template;
  }

  private search(route: Route, request: RoutedRequest, app: Application | undefined): string | readonly Chain[] {
    const last = request.app ?? app;
    if (last === undefined || this.searched.get(route) === last) return [];
    const root = rootOf(app ?? last);
    let chains = chainsTo(route, stackOf(root), [], 0);
    // An application mounted by `app.use` is out of sight; from inside of it, its parents are not.
    if (chains.length === 0 && last !== root) chains = chainsThrough(route, last);
    if (chains.length === 0) {
      this.searched.set(route, last);
      return [];
    }
    const templates = new Set(chains.map(staticOf));
    const [only] = templates;
    const known = templates.size === 1 && only !== undefined ? only : chains;
    this.found.set(route, known);
    return known;
  }

  /** The template of a way that the path goes; `undefined` if it goes another. */
  private follow(chain: Chain, path: string, route: Route): string | undefined {
    let template = '';
    let rest = path;
    for (const layer of chain) {
      const match = this.layers.match(layer, rest, layer.route === undefined ? layer.rawPath : route.path);
      if (match === undefined) return undefined;
      template = join(template, match.template);
      rest = restOf(rest, match.length);
    }
    return template;
  }

  /** All that is mounted on exactly this path. */
  private mountsOf(stack: readonly Layer[], path: string, depth: number): readonly Mount[] {
    if (depth > MAX_DEPTH) return [];
    return stack.flatMap((layer) => {
      if (layer.route !== undefined) return [];
      const inner = stackOf(layer.handle);
      if (isPathless(layer)) return this.mountsOf(inner, path, depth + 1);
      const match = this.layers.match(layer, path);
      if (match === undefined) return [];
      const { length, template } = match;
      if (length >= path.length)
        return [{ template: join('', template), isRouter: inner.length > 0 || isMountedApp(layer) }];
      return this.mountsOf(inner, restOf(path, length), depth + 1).map((mount) => ({
        ...mount,
        template: join(template, mount.template),
      }));
    });
  }

  /** The mount path of a route that is in no stack: its router is inside of a function, or its application is inside of one mounted by `app.use`. */
  private hiddenMount(request: RoutedRequest, app: Application | undefined, route: Route, path: string): string {
    const stack = stackOf(rootOf(app ?? request.app));
    const { baseUrl } = request;
    if (baseUrl === '') return '';
    if (baseUrl !== undefined) return this.mountsOf(stack, baseUrl, 0)[0]?.template ?? UNKNOWN;
    // An error has left all routers. If the path has as many parts as mount and route together, nothing else is between them.
    const template = chosenOf(route);
    for (const layer of stack.filter(isMountedApp)) {
      const match = isPathless(layer) ? undefined : this.layers.match(layer, path);
      if (match === undefined) continue;
      const isDirect = countParts(restOf(path, match.length)) === countParts(template);
      return isDirect ? match.template : join(match.template, UNKNOWN);
    }
    return countParts(path) === countParts(template) ? '' : UNKNOWN;
  }
}

/** The template of a way when it is the same for all URLs. */
function staticOf(chain: Chain): string | undefined {
  let template: string | undefined = '';
  for (const layer of chain) {
    const own = layer.route === undefined ? staticTemplate(layer) : templateOf(layer.route.path);
    if (own === undefined) return undefined;
    template = join(template, own);
  }
  return template;
}

/** What a router that is mounted on the beginning of the path sees of it. */
function restOf(path: string, length: number): string {
  const rest = path.slice(length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

interface Mount {
  readonly template: string;
  readonly isRouter: boolean;
}

function countParts(path: string): number {
  return path.split('/').filter((part) => part !== '').length;
}

function chosenOf(route: Route): string {
  return allOf(route.path);
}

function vagueOf(layer: Layer): string {
  if (layer.route !== undefined) return chosenOf(layer.route);
  return staticTemplate(layer) ?? vagueTemplate(layer);
}

/** One slash between the two, and none at the end. */
function join(base: string, path: string): string {
  const rest = path === '/' || path === '' ? '' : path.startsWith('/') ? path : `/${path}`;
  const joined = base.endsWith('/') ? base.slice(0, -1) + rest : base + rest;
  return joined === '' && path === '/' ? '/' : joined;
}
