import type { Match } from '@telltale/alerts';

type Where = Readonly<Record<string, Match>>;
type Labels = Readonly<Record<string, string>>;

const ANY = 'some';

/** Attributes that all of this chooses, with one more for each of `by`. */
export function exampleOf(where: Where, by: readonly string[]): Labels {
  const labels = by.map((key) => [key, ANY] as const);
  return Object.fromEntries([...labels, ...Object.entries(where).map(([key, match]) => [key, chosen(match)] as const)]);
}

/** Attributes that `of` chooses and `without` does not. */
export function exampleWithout(without: Where, of: Where, by: readonly string[]): Labels {
  const labels: Record<string, string> = { ...exampleOf(of, by) };
  const [key, match] = Object.entries(without).find(([name]) => !Object.hasOwn(of, name)) ?? [];
  if (key === undefined || match === undefined) return labels;
  // What must not have a value is only left out by having it; what must have one, by not being there.
  if (typeof match === 'object' && 'not' in match) labels[key] = text([match.not].flat()[0] ?? ANY);
  else if (by.includes(key)) labels[key] = `un${ANY}`;
  else delete labels[key];
  return labels;
}

function chosen(match: Match): string {
  if (match === true) return ANY;
  if (typeof match === 'object' && 'not' in match) {
    const refused = [match.not].flat().map(String);
    return refused.includes(ANY) ? `un${ANY}` : ANY;
  }
  return text([match].flat()[0] ?? ANY);
}

/** `5*` is most likely a status. */
function text(value: string | number | boolean): string {
  return String(value).replace(/\*+/g, (_, at: number, whole: string) => (/\d/.test(whole[at - 1] ?? '') ? '00' : 'x'));
}
