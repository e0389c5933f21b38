/** As all daemons read it; `-0` is `0`. */
export function spellNumber(value: number): string {
  return String(value === 0 ? 0 : value);
}
