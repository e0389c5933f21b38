/** Test cards, as payment providers have them: the card decides what becomes of the charge. */
export const CARDS = { good: 'tok_visa', declined: 'tok_declined', unavailable: 'tok_bank_down' } as const;
