import {
  allOf,
  isPathless,
  type Layer,
  type Match,
  type Matcher,
  type PathPattern,
  plainMount,
  templateOf,
  textOf,
  UNKNOWN,
  unescaped,
} from './layer.ts';

/** How a layer takes a path: how many characters of it, and the template of these. */
export interface LayerMatch {
  readonly length: number;
  readonly template: string;
}

/** What is worked out once for an expression of Express 4. */
interface Expression {
  /** A copy that tells where its groups are; matching with the router's own could change it. */
  readonly indexed: RegExp;
  /** The template, if it is the same for all URLs. */
  readonly plain: string | undefined;
  /** What the program has spelled, as it is and in lower case. */
  readonly known: string;
  readonly knownInLowerCase: string;
  /** One for each path of an array. */
  readonly alternatives: readonly RegExp[];
}

/** Finds out how layers take paths. Changes nothing in them. */
export class LayerMatcher {
  private readonly expressions = new WeakMap<RegExp, Expression>();

  /** How the layer takes the beginning of the path, if it does. For a route's layer, `pattern` is the route's. */
  match(layer: Layer, path: string, pattern = layer.rawPath): LayerMatch | undefined {
    if (isPathless(layer)) return { length: 0, template: '' };
    if (layer.matchers !== undefined) return matchByFunctions(layer.matchers, path, pattern);
    return layer.regexp === undefined ? undefined : this.matchByExpression(layer, layer.regexp, path, pattern);
  }

  private matchByExpression(
    layer: Layer,
    regexp: RegExp,
    path: string,
    pattern: PathPattern | undefined,
  ): LayerMatch | undefined {
    const expression = this.expressionOf(layer, regexp);
    const match = expression.indexed.exec(path);
    if (match === null) return undefined;
    const [{ length }] = match;
    if (pattern !== undefined) return { length, template: chosenOf(pattern, expression, path) };
    return { length, template: expression.plain ?? named(expression, match, layer.keys) ?? textOf(regexp) };
  }

  private expressionOf(layer: Layer, regexp: RegExp): Expression {
    let expression = this.expressions.get(regexp);
    if (expression === undefined) {
      const { source } = regexp;
      const flags = regexp.flags.replace(/[dgy]/g, '');
      const known = unescaped(source);
      expression = {
        indexed: new RegExp(source, `${flags}d`),
        plain: plainMount(layer),
        known,
        knownInLowerCase: known.toLowerCase(),
        alternatives: alternativesOf(source, flags),
      };
      this.expressions.set(regexp, expression);
    }
    return expression;
  }
}

function matchByFunctions(
  matchers: readonly Matcher[],
  path: string,
  pattern: PathPattern | undefined,
): LayerMatch | undefined {
  for (const [at, matcher] of matchers.entries()) {
    const match = attempt(matcher, path);
    if (match === false) continue;
    const own = isList(pattern) ? pattern[at] : pattern;
    const template = own === undefined ? rebuilt(matcher, match) : allOf(own);
    return { length: match.path.length, template };
  }
  return undefined;
}

function attempt(matcher: Matcher, path: string): Match | false {
  try {
    return matcher(path);
  } catch {
    return false; // a parameter that cannot be decoded
  }
}

/** Put in place of a part of the path, to see which parameter it becomes. */
const PROBE = 'telltale-probe';

/** The template of a mount that only its function knows: each part is a parameter if the function takes another in its place. */
function rebuilt(matcher: Matcher, { path, params }: Match): string {
  if (matcher.name === 'regexpMatcher') return `/${UNKNOWN}`;
  const found = new Set<string>();
  const parts = path.split('/').map((part, at, all) => {
    if (part === '') return part;
    const probed = attempt(matcher, all.with(at, PROBE).join('/'));
    const name = probed === false ? undefined : nameOfProbe(probed);
    if (name === undefined) return undefined;
    found.add(name);
    return Array.isArray(params[name]) ? `*${name}` : `:${name}`;
  });
  // A parameter that is only part of a segment: which part of the rest is fixed is not known.
  const allFound = Object.keys(params).every((name) => found.has(name));
  const named = path.split('/').map((part, at) => parts[at] ?? (allFound ? part.toLowerCase() : UNKNOWN));
  return named.filter((part, at) => !(part.startsWith('*') && part === named[at - 1])).join('/');
}

function nameOfProbe({ params }: Match): string | undefined {
  return Object.keys(params).find((name) => {
    const value = params[name];
    return value === PROBE || (Array.isArray(value) && value.includes(PROBE));
  });
}

/** Express 4 joins the expressions of an array of paths by `|`; each begins with `^`. */
function alternativesOf(source: string, flags: string): readonly RegExp[] {
  try {
    return source.split(/\|(?=\^)/).map((own) => new RegExp(own, flags));
  } catch {
    return []; // an expression of the user's that has this inside
  }
}

function chosenOf(pattern: PathPattern, { alternatives }: Expression, path: string): string {
  const one = templateOf(pattern);
  if (one !== undefined) return one;
  const patterns = flat(pattern);
  const at = alternatives.length === patterns.length ? alternatives.findIndex((own) => own.test(path)) : -1;
  return allOf(patterns[at] ?? pattern);
}

/** The part of the path that matched, with the names of parameters in place of their values; `undefined` if some of the rest is no literal. */
function named(
  { known, knownInLowerCase }: Expression,
  match: RegExpExecArray,
  keys: Layer['keys'] = [],
): string | undefined {
  let template = '';
  let at = match.index;
  const addLiteral = (until: number): boolean =>
    match.input
      .slice(at, until)
      .split('/')
      .every((part, index) => {
        // As the program spells it, since a client may spell it otherwise; what the program does not spell is no literal.
        const place = knownInLowerCase.indexOf(part.toLowerCase());
        template += (index > 0 ? '/' : '') + known.slice(place, place + part.length);
        return place >= 0;
      });
  for (const [index, key] of keys.entries()) {
    const [start, end] = match.indices?.[index + 1] ?? [-1, -1];
    if (start < at) continue;
    if (!addLiteral(start)) return undefined;
    template += typeof key.name === 'number' ? UNKNOWN : `:${key.name}`;
    at = end;
  }
  return addLiteral(match.index + match[0].length) ? template : undefined;
}

function flat(pattern: PathPattern): readonly (string | RegExp)[] {
  return typeof pattern === 'string' || pattern instanceof RegExp ? [pattern] : pattern.flatMap(flat);
}

function isList(pattern: PathPattern | undefined): pattern is readonly PathPattern[] {
  return Array.isArray(pattern);
}
