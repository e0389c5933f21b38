/** How other parts of the shop call payments. */
export interface PaymentsClient {
  /** Resolves with the HTTP status. */
  charge(charge: { readonly order: string; readonly amount: number; readonly card: string }): Promise<number>;
  receipt(order: string): Promise<string>;
}

/** Nothing but `fetch`: outgoing calls are observed for the whole process. */
export function createPaymentsClient(host: string): PaymentsClient {
  return {
    async charge(charge) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`http://${host}/charges`, { method: 'POST', headers, body: JSON.stringify(charge) });
      await response.body?.cancel();
      return response.status;
    },
    receipt: async (order) => (await fetch(`http://${host}/receipts/${order}`)).text(),
  };
}
