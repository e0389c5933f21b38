import type { FinishedSpan } from '@telltale/core';
import { firstOf, hostOf, methodOf, pathOf, urlOf } from './http-span.ts';
import { MAX_DATA, MAX_ID, MAX_NAME } from './limits.ts';
import { resultCode } from './request-data.ts';
import { cut } from './shortened.ts';
import { INTERNAL, PRODUCER } from './span-kinds.ts';
import { durationOf } from './time-span.ts';

/** Attributes that have fields of their own. */
export const DEPENDENCY_FIELDS: ReadonlySet<string> = new Set([
  'http.response.status_code',
  'url.full',
  'db.query.text',
  'db.statement',
]);

/** Names for which the portal has an icon; other databases keep theirs. */
const DATABASES: Readonly<Record<string, string>> = {
  mssql: 'SQL',
  'microsoft.sql_server': 'SQL',
  oracle: 'SQL',
  'oracle.db': 'SQL',
  mariadb: 'SQL',
  sqlite: 'SQL',
  db2: 'SQL',
  'ibm.db2': 'SQL',
  derby: 'SQL',
  hsqldb: 'SQL',
  h2: 'SQL',
  h2database: 'SQL',
  other_sql: 'SQL',
};

interface Dependency {
  readonly name: string;
  readonly type: string;
  readonly target?: string | undefined;
  readonly data?: string | undefined;
}

/** A span of a client or a producer, or one within the service: something that this service asked for or did on the way. */
export function dependencyData(span: FinishedSpan): Readonly<Record<string, unknown>> {
  const { name, type, target, data } = dependencyOf(span);
  return {
    id: cut(span.spanId, MAX_ID),
    name: cut(name, MAX_NAME),
    duration: durationOf(span.endTime - span.startTime),
    success: span.status !== 'error',
    resultCode: resultCode(span),
    type: cut(type, MAX_NAME),
    ...(target !== undefined && { target: cut(target, MAX_NAME) }),
    ...(data !== undefined && { data: cut(data, MAX_DATA) }),
  };
}

function dependencyOf(span: FinishedSpan): Dependency {
  const { name, kind, attributes, parentSpanId } = span;
  const method = methodOf(attributes);
  if (method !== undefined) {
    const url = urlOf(attributes);
    const path = firstOf(attributes, 'url.template') ?? pathOf(url);
    return { name: path === undefined ? name : `${method} ${path}`, type: 'Http', target: peerOf(span), data: url };
  }
  const database = firstOf(attributes, 'db.system.name', 'db.system');
  if (database !== undefined) {
    const peer = peerOf(span);
    const schema = firstOf(attributes, 'db.namespace', 'db.name');
    return {
      name,
      type: DATABASES[database] ?? database,
      target: peer === undefined ? (schema ?? database) : schema === undefined ? peer : `${peer}|${schema}`,
      data: firstOf(attributes, 'db.query.text', 'db.statement', 'db.operation.name', 'db.operation'),
    };
  }
  const rpc = firstOf(attributes, 'rpc.system.name', 'rpc.system');
  if (rpc !== undefined) return { name, type: rpc === 'wcf' ? 'WCF Service' : 'GRPC', target: peerOf(span) ?? rpc };
  if (kind === PRODUCER) {
    return { name, type: 'Queue Message', target: firstOf(attributes, 'messaging.destination.name') };
  }
  if (kind === INTERNAL && parentSpanId !== undefined) return { name, type: 'InProc' };
  return { name, type: 'Dependency', target: peerOf(span) };
}

/** Who was asked: by its logical name where there is one. */
function peerOf({ attributes }: FinishedSpan): string | undefined {
  return firstOf(attributes, 'service.peer.name', 'peer.service', 'boundary.to') ?? hostOf(attributes);
}
