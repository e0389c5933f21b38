import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whether a request with `secret` is from Telltale, and not older than five minutes. `body`: as it came, not parsed. */
export function isFromTelltale(body: string, header: string, secret: string): boolean {
  const [, time = '', signature = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest();
  const given = Buffer.from(signature, 'hex');
  const age = Math.abs(Date.now() / 1000 - Number(time));
  return given.length === expected.length && timingSafeEqual(given, expected) && age < 300;
}
