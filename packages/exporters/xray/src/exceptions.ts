import type { FinishedSpan } from '@telltale/core';
import { derivedId } from './ids.ts';
import { MAX_EXCEPTIONS, MAX_FRAMES, MAX_MESSAGE, MAX_TEXT } from './limits.ts';
import { cut } from './names.ts';
import type { XrayException } from './segment-document.ts';

/** `    at label (path:line:column)` or `    at path:line:column`, as V8 writes it. */
const FRAME = /^\s*at (?:(.*?) \()?((?:async )?[^()]*?):(\d+)(?::\d+)?\)?$/;

/** The span's exceptions; of a failed span without any, its status message. The last are the nearest to the end. */
export function exceptionsOf(span: FinishedSpan, remote: boolean): readonly XrayException[] {
  const events = span.events.filter(({ name }) => name === 'exception');
  if (events.length === 0) {
    if (span.status !== 'error' || !span.statusMessage) return [];
    const type = span.attributes['error.type'];
    return [
      {
        id: derivedId(span.spanId, 'status'),
        ...(typeof type === 'string' && { type: cut(type, MAX_TEXT) }),
        message: cut(span.statusMessage, MAX_MESSAGE),
        ...(remote && { remote }),
      },
    ];
  }
  return events.slice(-MAX_EXCEPTIONS).map(({ attributes }, i) => {
    const { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': trace } = attributes;
    return {
      id: derivedId(span.spanId, `exception ${i}`),
      ...(type !== undefined && { type: cut(String(type), MAX_TEXT) }),
      ...(message !== undefined && { message: cut(String(message), MAX_MESSAGE) }),
      ...(remote && { remote }),
      ...(typeof trace === 'string' && stackOf(trace)),
    };
  });
}

function stackOf(trace: string): Pick<XrayException, 'stack' | 'truncated'> {
  const frames = trace.split('\n').flatMap((line) => {
    const match = FRAME.exec(line);
    if (match === null) return [];
    const [, label = '', path = '', number = '0'] = match;
    return [{ path: cut(path, MAX_TEXT), line: Number(number), label: cut(label, MAX_TEXT) }];
  });
  if (frames.length === 0) return {};
  const truncated = frames.length - MAX_FRAMES;
  return { stack: frames.slice(0, MAX_FRAMES), ...(truncated > 0 && { truncated }) };
}
