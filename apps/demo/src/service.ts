/** Who all of this is: the shop's process, its threads and the process of its sandboxed jobs are one service. */
export const SHOP = { name: 'shop', version: '1.4.0', environment: 'demo' } as const;
