/** What becomes of mail: `busy` is told to come again and succeeds the second time, `unknown` fails however often it is tried. */
export type Fate = 'fine' | 'slow' | 'busy' | 'unknown';

const FATES: readonly Fate[] = ['slow', 'busy', 'unknown'];

/** The address decides, so that who orders knows what will happen: `busy-7@example.com`. */
export function fateOf(address: string): Fate {
  return FATES.find((fate) => address.startsWith(`${fate}-`)) ?? 'fine';
}

/** Its `code` becomes `error.type` in telemetry. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
