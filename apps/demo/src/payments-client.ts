import type { Telemetry } from '@telltale/core';

/** How other parts of the shop call payments. */
export interface PaymentsClient {
  /** Resolves with the HTTP status. */
  charge(charge: { readonly order: string; readonly amount: number; readonly card: string }): Promise<number>;
  receipt(order: string): Promise<string>;
}

/** Every call is a boundary call: it is measured, and takes the trace along in its headers. */
export function createPaymentsClient(telemetry: Telemetry, url: string): PaymentsClient {
  function call(operation: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    return telemetry.boundary({ to: 'payments', operation, protocol: 'http' }, async (boundary) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      boundary.inject(headers);
      const response = await fetch(url + path, body === undefined ? { headers } : { method: 'POST', headers, body });
      boundary.status(response.status);
      const text = await response.text();
      boundary.bytes('sent', body === undefined ? 0 : Buffer.byteLength(body));
      boundary.bytes('received', Buffer.byteLength(text));
      return { status: response.status, text };
    });
  }
  return {
    charge: async (charge) => (await call('charge', '/charges', JSON.stringify(charge))).status,
    receipt: async (order) => (await call('receipt', `/receipts/${order}`)).text,
  };
}
