/** A path as `app.use` and `app.get` take it. */
export type PathPattern = string | RegExp | readonly PathPattern[];

/** What `request.route` is: one per `app.get(…)`, `router.route(…)` and so on. */
export interface Route {
  readonly path: PathPattern;
}

/** An Express application. `parent`: the one that it was mounted in by `parent.use`. */
export interface Application {
  readonly parent?: Application;
  /** The prototype of its requests. */
  readonly request?: unknown;
  use?(handler: unknown): unknown;
  /** Express 5; in Express 4, reading it throws. */
  readonly router?: Router;
  /** Express 4. */
  readonly _router?: Router;
}

export interface Router {
  /** Requests walk through the array that is there when they come in. */
  stack: readonly Layer[];
  use?(handler: unknown): unknown;
}

export interface Match {
  /** The part of the path that matched. */
  readonly path: string;
  readonly params: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export type Matcher = (path: string) => Match | false;

/**
 * One entry of a router's stack. How it was mounted shows in different ways: `rawPath` (Express 5 with router 2.3 and later), nothing but
 * functions that match (Express 5 before), a regular expression (Express 4).
 */
export interface Layer {
  readonly handle: unknown;
  readonly route?: Route;
  /** Router 2: mounted without a path. */
  readonly slash?: boolean;
  readonly rawPath?: PathPattern;
  readonly matchers?: readonly Matcher[];
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  readonly keys?: readonly { readonly name: string | number }[];
}

/** More of a regular expression than this is not readable. */
const MAX_EXPRESSION = 120;
/** In place of what cannot be known. */
export const UNKNOWN = '*';

/** The template of a pattern, `undefined` if it depends on the URL. */
export function templateOf(pattern: PathPattern): string | undefined {
  if (typeof pattern === 'string') return pattern;
  return pattern instanceof RegExp ? textOf(pattern) : undefined;
}

/** As it was written: readable, and one for all URLs. */
export function textOf(expression: RegExp): string {
  return String(expression).slice(0, MAX_EXPRESSION);
}

/** Whether the layer takes every path and adds nothing to it. */
export function isPathless(layer: Layer): boolean {
  return layer.slash === true || layer.regexp?.fast_slash === true;
}

/** The template of a mount when it is the same for all URLs. */
export function staticTemplate(layer: Layer): string | undefined {
  if (isPathless(layer)) return '';
  if (layer.rawPath !== undefined) return templateOf(layer.rawPath);
  return plainMount(layer);
}

/** A bounded template for when the URL does not tell. */
export function vagueTemplate(layer: Layer): string {
  if (layer.rawPath !== undefined) return allOf(layer.rawPath);
  return layer.regexp === undefined ? `/${UNKNOWN}` : textOf(layer.regexp);
}

/** All that an array of paths says. */
export function allOf(pattern: PathPattern): string {
  if (typeof pattern === 'string' || pattern instanceof RegExp) return templateOf(pattern) as string;
  return pattern.map(allOf).join('|');
}

/** What path-to-regexp 0.1 makes of a whole segment that is a parameter. */
const PARAMETER = /\(\?:(\\\/)?\(\[\^\\?\/\]\+\?\)\)/g;
/** And of a mount path of such segments and plain text. */
const PLAIN_MOUNT = new RegExp(
  String.raw`^\^((?:\\[/.]|${PARAMETER.source}|[\w\-~%@!&',;=: ])+?)\\\/\?\(\?=\\\/\|\$\)$`,
);

/** The path of such a mount in Express 4; `undefined` if it is another. */
export function plainMount({ regexp, keys = [] }: Layer): string | undefined {
  const path = regexp && PLAIN_MOUNT.exec(regexp.source)?.[1];
  if (path === undefined) return undefined;
  let at = 0;
  return unescaped(path.replace(PARAMETER, (_, slash = '') => `${slash}:${keys[at++]?.name}`));
}

/** Without the backslashes. */
export function unescaped(source: string): string {
  return source.replace(/\\(.)/g, '$1');
}
