import type { TraceState } from '@opentelemetry/api';
import { withoutWhitespace } from './optional-whitespace.ts';

/** Members, and characters of a key and of a value: https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values */
const MAX_MEMBERS = 32;
const MAX_KEY = 256;
const MAX_VALUE = 256;
/** What a list of that many members can have, each with its `=` and its comma. More is padding, and not looked at. */
const MAX_LENGTH = MAX_MEMBERS * (MAX_KEY + MAX_VALUE + 2);

const KEY = `[a-z0-9][a-z0-9_*/@-]{0,${MAX_KEY - 1}}`;
/** Printable ASCII without comma and equals sign; a space at the end would be whitespace around the member. */
const VALUE = `[ -+\\--<>-~]{0,${MAX_VALUE - 1}}[!-+\\--<>-~]`;
const MEMBER = new RegExp(`^${KEY}=${VALUE}$`);

/**
 * What a `tracestate` header says; `undefined` when it says nothing, or anything that is not allowed: the specification wants it dropped as a
 * whole then. OpenTelemetry's own trace state drops single members instead, keeps the last of several values, stops at 512 characters,
 * and knows only the keys of the specification's level 1.
 */
export function parseTraceState(header: unknown): TraceState | undefined {
  const text = Array.isArray(header) ? header.join(',') : header;
  if (typeof text !== 'string' || text === '' || text.length > MAX_LENGTH) return undefined;
  const members: string[] = [];
  let count = 0;
  for (const part of text.split(',')) {
    const member = withoutWhitespace(part);
    if (member === '') continue;
    if (++count > MAX_MEMBERS || !MEMBER.test(member)) return undefined;
    // The newest is at the left.
    if (find(members, keyOf(member)) === undefined) members.push(member);
  }
  return members.length === 0 ? undefined : new MemberList(members);
}

/** An immutable list of members, `key=value`. */
class MemberList implements TraceState {
  private readonly members: readonly string[];

  constructor(members: readonly string[]) {
    this.members = members;
  }

  get(key: string): string | undefined {
    return find(this.members, key)?.slice(key.length + 1);
  }

  /** The member becomes the first; the last one goes where there are too many. What is not allowed changes nothing. */
  set(key: string, value: string): TraceState {
    const member = `${key}=${value}`;
    if (!MEMBER.test(member)) return this;
    return new MemberList([member, ...this.without(key)].slice(0, MAX_MEMBERS));
  }

  unset(key: string): TraceState {
    return find(this.members, key) === undefined ? this : new MemberList(this.without(key));
  }

  serialize(): string {
    return this.members.join(',');
  }

  private without(key: string): readonly string[] {
    return this.members.filter((member) => keyOf(member) !== key);
  }
}

function find(members: readonly string[], key: string): string | undefined {
  return members.find((member) => keyOf(member) === key);
}

function keyOf(member: string): string {
  return member.slice(0, member.indexOf('='));
}
