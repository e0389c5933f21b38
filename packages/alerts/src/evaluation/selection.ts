import type { AttributeValue, Resource, SeriesAttributes } from '@telltale/core';
import type { Match, Selector } from '../rule.ts';

type Attribute = AttributeValue | undefined;
/** Whether a series is chosen. */
export type Choice = (attributes: SeriesAttributes, resource: Resource) => boolean;

/** The value of a series' attribute, or else of its resource. */
export function attributeOf(key: string, attributes: SeriesAttributes, { attributes: own }: Resource): Attribute {
  if (Object.hasOwn(attributes, key)) return attributes[key];
  return Object.hasOwn(own, key) ? own[key] : undefined;
}

/** What a selector chooses. Values are compared as text, as backends have them: 500 is `'500'`. */
export function choiceOf({ where = {} }: Selector): Choice {
  const tests = Object.entries(where).map(([key, match]) => ({ key, test: testOf(match) }));
  return (attributes, resource) => tests.every(({ key, test }) => test(attributeOf(key, attributes, resource)));
}

function testOf(match: Match): (value: Attribute) => boolean {
  if (match === true) return (value) => value !== undefined;
  if (typeof match === 'object' && 'not' in match) {
    const oneOf = oneOfThese(match.not);
    return (value) => !oneOf(value);
  }
  return oneOfThese(match);
}

function oneOfThese(values: AttributeValue | readonly AttributeValue[]): (value: Attribute) => boolean {
  const patterns = (Array.isArray(values) ? values : [values]).map((one) => String(one).split('*'));
  return (value) => value !== undefined && patterns.some((parts) => fits(String(value), parts));
}

/** What stands between the asterisks must follow one after the other: linear in the text, whatever the pattern. */
function fits(text: string, parts: readonly string[]): boolean {
  const first = parts[0] as string;
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) as string;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}
