/** Columns of `customMetrics` that queries may use ("customMetrics", Azure Monitor reference). */
const COLUMNS = [
  'timestamp',
  'name',
  'value',
  'valueCount',
  'valueSum',
  'valueMin',
  'valueMax',
  'customDimensions',
  'cloud_RoleName',
  'cloud_RoleInstance',
];
/** Operators and functions that are used, and nothing else. */
const WORDS = [
  ...[
    'customMetrics',
    'where',
    'summarize',
    'extend',
    'project',
    'distinct',
    'join',
    'kind',
    'leftanti',
    'on',
    'by',
    'let',
    'and',
    'or',
    'not',
    'in',
    'between',
  ],
  ...[
    'ago',
    'now',
    'bin',
    'bin_at',
    'sumif',
    'sum',
    'max',
    'min',
    'avg',
    'count',
    'arg_max',
    'todouble',
    'tolong',
    'tostring',
    'parse_json',
    'percentilew',
  ],
  ...['isnotempty', 'matches', 'regex', 'strcat', 'mv-expand', 'bucket'],
];
const TOKEN =
  /"(?:[^"\\]|\\.)*"|\{[A-Za-z:]+\}|\d+(?:\.\d+)?(?:e[+-]?\d+)?[smhd]?\b|mv-expand|!in|[A-Za-z_]\w*|==|!=|>=|<=|\.\.|[|()[\],;=<>*/]|\s+/y;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[' };

/** What is wrong with a query, as far as that can be told without Azure: characters, brackets, tables, columns and functions. */
export function complaintsAboutKql(query: string): readonly string[] {
  const complaints: string[] = [];
  const open: string[] = [];
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < query.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(query)?.[0];
    if (token === undefined) return [`unknown at ${query.slice(at, at + 20)}`];
    if (token === '(' || token === '[') open.push(token);
    if (token in CLOSING && open.pop() !== CLOSING[token]) complaints.push(`${token} closes nothing`);
    if (token.trim() !== '') tokens.push(token);
  }
  if (open.length > 0) complaints.push(`${open.join('')} is not closed`);
  // What is given a name in the query is a column or a table from then on.
  const named = tokens.filter((token, i) => /^[A-Za-z_]\w*$/.test(token) && tokens[i + 1] === '=');
  for (const token of tokens) {
    if (!/^[A-Za-z_]/.test(token) || COLUMNS.includes(token) || WORDS.includes(token) || named.includes(token))
      continue;
    complaints.push(`${token} is neither a column nor a function`);
  }
  if (!/^(let recent = )?customMetrics\b/.test(query)) complaints.push('begins with another table');
  return complaints;
}
