import { ProtobufWriter } from '@telltale/exporter-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, numberOf, readFields, textOf } from './protobuf-reader.ts';
import { readJsonResponse, readResponse, readRetryDelay, readStatusMessage } from './read-answer.ts';

describe('readFields', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string({ unit: 'binary' }), fc.double(), (number, text, double) => {
        const writer = new ProtobufWriter(1);
        writer.uint(1, number);
        writer.string(2, text);
        writer.double(3, double);
        writer.fixed32(4, 7);
        const inner = writer.begin(500);
        writer.string(1, text.repeat(3));
        writer.end(inner);
        const fields = readFields(writer.finish());
        expect(numberOf(fields, 1)).toBe(number);
        expect(textOf(fields, 2)).toBe(text.toWellFormed());
        expect(Buffer.from(bytesOf(fields, 3) ?? []).readDoubleLE()).toBe(double);
        expect(bytesOf(fields, 4)).toHaveLength(4);
        expect(textOf(readFields(bytesOf(fields, 500) ?? new Uint8Array()), 1)).toBe(text.repeat(3).toWellFormed());
      }),
    );
  });

  it('ends, whatever it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readFields(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        readStatusMessage(bytes, false);
        readStatusMessage(bytes, true);
        readRetryDelay(bytes);
      }),
    );
  });
});

describe('answers', () => {
  it('have the count and the words of a partial success in protobuf', () => {
    const writer = new ProtobufWriter();
    const partial = writer.begin(1);
    writer.int(1, 3);
    writer.string(2, 'too old');
    writer.end(partial);
    expect(readResponse(writer.finish())).toEqual({ refusedCount: 3, reason: 'too old' });
    expect(readResponse(new Uint8Array())).toEqual({});
    expect(readResponse(new Uint8Array([0x0a, 0x00]))).toEqual({});
  });

  it.each([
    ['{}', {}],
    ['{"partialSuccess":null}', {}],
    ['{"partialSuccess":{}}', {}],
    ['{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}', { refusedCount: 3, reason: 'too old' }],
    ['{"partialSuccess":{"rejectedSpans":2}}', { refusedCount: 2 }],
    ['{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"a warning"}}', { reason: 'a warning' }],
    ['{"partialSuccess":{"rejectedSpans":"many"}}', {}],
  ])('have them in JSON: %s', (text, answer) => {
    expect(readJsonResponse(text)).toEqual(answer);
  });

  it('have the message of a status', () => {
    const writer = new ProtobufWriter();
    writer.int(1, 8);
    writer.string(2, 'slow down');
    expect(readStatusMessage(writer.finish(), false)).toBe('slow down');
    expect(readStatusMessage(Buffer.from('{"code":8,"message":"slow down"}'), true)).toBe('slow down');
    expect(readStatusMessage(Buffer.from('{"error":"x"}'), true)).toBeUndefined();
    expect(readStatusMessage(Buffer.from('Bad Gateway'), false)).toBeUndefined();
  });
});
