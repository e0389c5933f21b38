/** What a service is sent, and what it is to send on. */
export interface TraceContextCase {
  readonly title: string;
  /** As they are written on the wire: in this order, with these names, repeated as here. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whether what goes out belongs to the trace that came in. */
  readonly continued: boolean;
  /** The `traceparent` flags that go out, if the trace is continued; default `01`. */
  readonly flags?: string;
  /** The `tracestate` that goes out; none by default. */
  readonly tracestate?: string;
}

export const TRACE_ID = '5b8efff798038103d269b633813fc60c';
export const PARENT_ID = 'eee19b7ec3c1b174';
const OTHER_TRACE_ID = '463ac35c9f6413ad48485a3953bb6124';
const SAMPLED = `00-${TRACE_ID}-${PARENT_ID}-01`;
const WIDEST_VALUE = asciiWithout(',=', '').trimEnd();

function asciiWithout(left: string, first: string): string {
  const all = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
  return first + all.filter((character) => !left.includes(character)).join('');
}

function parents(continued: boolean, ...cases: readonly (readonly [title: string, ...traceparents: string[]])[]) {
  return cases.map(
    ([title, ...traceparents]): TraceContextCase => ({
      title,
      headers: traceparents.map((traceparent) => ['traceparent', traceparent]),
      continued,
    }),
  );
}

/** `states`: the tracestate headers that come with a good traceparent; `out`: what goes out of them. */
function states(out: string | undefined, title: string, ...given: readonly string[]): TraceContextCase {
  return {
    title,
    headers: [['traceparent', SAMPLED], ...given.map((state) => ['tracestate', state] as const)],
    continued: true,
    ...(out === undefined ? {} : { tracestate: out }),
  };
}

const many = (count: number, from = 1): string =>
  Array.from({ length: count }, (_, index) => `m${from + index}=${from + index}`).join(',');

/** What the test suite of the W3C asks of a service (w3c/trace-context, test/test.py), on headers of our own. */
export const PUBLISHED_CASES: readonly TraceContextCase[] = [
  { title: 'no headers', headers: [], continued: false },
  ...parents(true, ['a traceparent alone', SAMPLED]),
  ...parents(false, ['two traceparents', SAMPLED, `00-${OTHER_TRACE_ID}-${PARENT_ID}-01`]),
  { title: 'a name with a dash', headers: [['trace-parent', SAMPLED]], continued: false },
  { title: 'a name with a dot', headers: [['trace.parent', SAMPLED]], continued: false },
  ...['TraceParent', 'tRaCePaReNt', 'TRACEPARENT'].map(
    (name): TraceContextCase => ({ title: `the name ${name}`, headers: [[name, SAMPLED]], continued: true }),
  ),
  ...parents(
    false,
    ['version 00 and a dot', `${SAMPLED}.`],
    ['version 00 and a further part', `${SAMPLED}-what-is-to-come`],
    ['version cc and something without a dash', `cc-${TRACE_ID}-${PARENT_ID}-01.what-is-to-come`],
    ['version ff', `ff-${TRACE_ID}-${PARENT_ID}-01`],
    ['a version that begins with a dot', `.0-${TRACE_ID}-${PARENT_ID}-01`],
    ['a version that ends with a dot', `0.-${TRACE_ID}-${PARENT_ID}-01`],
    ['a version of three digits', `000-${TRACE_ID}-${PARENT_ID}-01`],
    ['a version of four digits', `0000-${TRACE_ID}-${PARENT_ID}-01`],
    ['a version of one digit', `0-${TRACE_ID}-${PARENT_ID}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['a trace id that begins with a dot', `00-.${TRACE_ID.slice(1)}-${PARENT_ID}-01`],
    ['a trace id that ends with a dot', `00-${TRACE_ID.slice(1)}.-${PARENT_ID}-01`],
    ['a trace id of 33 digits', `00-${TRACE_ID}d-${PARENT_ID}-01`],
    ['a trace id of 31 digits', `00-${TRACE_ID.slice(1)}-${PARENT_ID}-01`],
    ['a parent id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['a parent id that begins with a dot', `00-${TRACE_ID}-.${PARENT_ID.slice(1)}-01`],
    ['a parent id that ends with a dot', `00-${TRACE_ID}-${PARENT_ID.slice(1)}.-01`],
    ['a parent id of 17 digits', `00-${TRACE_ID}-${PARENT_ID}5-01`],
    ['a parent id of 15 digits', `00-${TRACE_ID}-${PARENT_ID.slice(1)}-01`],
    ['flags that begin with a dot', `00-${TRACE_ID}-${PARENT_ID}-.1`],
    ['flags that end with a dot', `00-${TRACE_ID}-${PARENT_ID}-0.`],
    ['flags of three digits', `00-${TRACE_ID}-${PARENT_ID}-001`],
    ['flags of one digit', `00-${TRACE_ID}-${PARENT_ID}-1`],
  ),
  ...parents(
    true,
    ['version cc', `cc-${TRACE_ID}-${PARENT_ID}-01`],
    ['version cc and a further part', `cc-${TRACE_ID}-${PARENT_ID}-01-what-is-to-come`],
    ['a space before', ` ${SAMPLED}`],
    ['a tab before', `\t${SAMPLED}`],
    ['a space after', `${SAMPLED} `],
    ['a tab after', `${SAMPLED}\t`],
    ['tabs and spaces around', `\t ${SAMPLED} \t`],
  ),
  { title: 'a trace state without a traceparent', headers: [['tracestate', 'rojo=1']], continued: false },
  { title: 'a longer one without a traceparent', headers: [['tracestate', 'rojo=1,congo=2']], continued: false },
  states('rojo=1,congo=2', 'a trace state', 'rojo=1,congo=2'),
  {
    title: 'a trace state whose name has a dash',
    headers: [
      ['traceparent', SAMPLED],
      ['trace-state', 'a=1'],
    ],
    continued: true,
  },
  {
    title: 'a trace state whose name has a dot',
    headers: [
      ['traceparent', SAMPLED],
      ['trace.state', 'a=1'],
    ],
    continued: true,
  },
  ...['TraceState', 'tRaCeStAtE', 'TRACESTATE'].map(
    (name): TraceContextCase => ({
      title: `the name ${name}`,
      headers: [
        ['traceparent', SAMPLED],
        [name, 'rojo=1'],
      ],
      continued: true,
      tracestate: 'rojo=1',
    }),
  ),
  states(undefined, 'an empty trace state', ''),
  states('rojo=1', 'an empty trace state after another', 'rojo=1', ''),
  states('rojo=1', 'an empty trace state before another', '', 'rojo=1'),
  states('rojo=1,congo=2,s=3,t=4,u=5', 'three trace states', 'rojo=1,congo=2', 's=3,t=4', 'u=5'),
  states('rojo=1', 'a key and value twice', 'rojo=1,rojo=1'),
  states('rojo=1', 'a key with two values, of which the left is the newer', 'rojo=1,rojo=2'),
  states('rojo=1', 'a key and value in two headers', 'rojo=1', 'rojo=1'),
  states('rojo=1', 'a key with two values in two headers', 'rojo=1', 'rojo=2'),
  ...['abcdefghijklmnopqrstuvwxyz0123456789_-*/', 'abcdefghijklmnopqrstuvwxyz0123456789_-*/@a-z0-9_-*/'].map((key) =>
    states(`${key}=${WIDEST_VALUE}`, `every character, and the key ${key}`, `${key}=${WIDEST_VALUE}`),
  ),
  states('a=1,b=2,c=3', 'spaces and tabs between members', 'a=1 \t , \t b=2, \t c=3'),
  states('a=1,b=2,c=3', 'tabs and spaces between members', 'a=1\t \t,\t \tb=2,\t \tc=3'),
  states('rojo=1', 'a space before a trace state', ' rojo=1'),
  states('rojo=1', 'a tab before a trace state', '\trojo=1'),
  states('rojo=1', 'a space after a trace state', 'rojo=1 '),
  states('rojo=1', 'a tab after a trace state', 'rojo=1\t'),
  states('rojo=1', 'tabs and spaces around a trace state', '\t rojo=1 \t'),
  states(undefined, 'a key that ends with a space', 'rojo =1'),
  states(undefined, 'a key in upper case', 'ROJO=1'),
  states(undefined, 'a key with a dot', 'ro.jo=1'),
  states('rojo@=1,congo=2', 'a key that ends with @', 'rojo@=1,congo=2'),
  states(undefined, 'a key that begins with @', '@rojo=1,congo=2'),
  states('ro@@jo=1,congo=2', 'a key with @@', 'ro@@jo=1,congo=2'),
  states('r@o@jo=1,congo=2', 'a key with two @', 'r@o@jo=1,congo=2'),
  states(many(32), '32 members', many(10), many(10, 11), many(12, 21)),
  states(undefined, '33 members', many(10), many(10, 11), many(13, 21)),
  ...['k'.repeat(256), `${'t'.repeat(241)}@${'v'.repeat(14)}`, `${'t'.repeat(242)}@v`, `t@${'v'.repeat(15)}`].map(
    (key) =>
      states(
        `rojo=1,${key}=1`,
        `a key of ${key.length} characters, ${key.indexOf('@')} of them before @`,
        'rojo=1',
        `${key}=1`,
      ),
  ),
  states(undefined, 'a key of 257 characters', 'rojo=1', `${'k'.repeat(257)}=1`),
  states(undefined, 'a value with an equals sign', 'rojo=a=b'),
  states(undefined, 'a member without a value', 'rojo=,congo=2'),
  // Of level 2.
  {
    ...states(undefined, 'the random flag alone'),
    headers: [['traceparent', `00-${TRACE_ID}-${PARENT_ID}-02`]],
    flags: '02',
  },
];

/** What the specification says besides. */
export const FURTHER_CASES: readonly TraceContextCase[] = [
  ...parents(
    false,
    ['the same traceparent twice', SAMPLED, SAMPLED],
    ['two traceparents of a higher version, which end as they like', `cc-${TRACE_ID}-${PARENT_ID}-01-x`, SAMPLED],
    ['a traceparent that lists two', `${SAMPLED},${SAMPLED}`],
    ['an empty traceparent', ''],
    ['whitespace', ' \t '],
    ['a dash after version 00', `${SAMPLED}-`],
    ['version 00 and whitespace within', `00 -${TRACE_ID}-${PARENT_ID}-01`],
    ['a version in upper case', `CC-${TRACE_ID}-${PARENT_ID}-01`],
    ['a trace id in upper case', `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`],
    ['a parent id in upper case', `00-${TRACE_ID}-${PARENT_ID.toUpperCase()}-01`],
    ['flags in upper case', `00-${TRACE_ID}-${PARENT_ID}-0A`],
    ['a higher version that is too short', `cc-${TRACE_ID}-${PARENT_ID}-1`],
    ['a higher version with longer flags', `cc-${TRACE_ID}-${PARENT_ID}-011`],
    ['a higher version with a trace id of zeros', `cc-${'0'.repeat(32)}-${PARENT_ID}-01`],
    ['underscores for dashes', SAMPLED.replaceAll('-', '_')],
    ['a blank that is no whitespace of HTTP', `\u00a0${SAMPLED}`],
  ),
  ...parents(true, ['a dash after a higher version', `01-${TRACE_ID}-${PARENT_ID}-01-`]),
  ...(['00', '01', '02', '03'] as const).map((flags) => ({
    ...parents(true, [`the flags ${flags}`, `00-${TRACE_ID}-${PARENT_ID}-${flags}`])[0]!,
    flags,
  })),
  { ...parents(true, ['flags that have no meaning yet', `00-${TRACE_ID}-${PARENT_ID}-ff`])[0]!, flags: '03' },
  {
    title: 'a trace state with a bad traceparent',
    headers: [
      ['traceparent', `${SAMPLED}.`],
      ['tracestate', 'rojo=1'],
    ],
    continued: false,
  },
  states(undefined, 'commas and whitespace only', ', ,\t,'),
  states('rojo=1,congo=2', 'empty members between others', ',rojo=1,,congo=2, '),
  states('rojo= 1', 'a value that begins with a space', 'rojo= 1'),
  states(`rojo=${'v'.repeat(256)}`, 'a value of 256 characters', `rojo=${'v'.repeat(256)}`),
  states(undefined, 'a value of 257 characters', `rojo=${'v'.repeat(257)}`),
  states('1=1', 'a key that begins with a digit', '1=1'),
  states(undefined, 'a key that begins with a dash', '-rojo=1'),
  states(undefined, 'a member without a key', '=1'),
  states(undefined, 'a member that is a word', 'rojo'),
  states(undefined, 'a value with a letter that is not ASCII', 'rojo=\u00e9'),
  states(undefined, 'a value with a tab', 'rojo=a\tb'),
  states(many(32), '32 members, spread out', many(32).replaceAll(',', ' ,\t')),
  states(longStates(), 'more than 512 characters', ...longStates().split(',')),
];

function longStates(): string {
  return Array.from({ length: 10 }, (_, index) => `tenant${index}=${'v'.repeat(200)}`).join(',');
}
