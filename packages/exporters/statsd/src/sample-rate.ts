/** What a count may be off by, as a share of it, because rates are decimals: nothing, for any count that a machine reaches. */
const TOLERANCE = 1e-12;
/** A double has 17 digits; behind them come the zeros in front of small rates. */
const MOST_DECIMALS = 40;

/**
 * The sample rate that makes one value count as `weight`, a whole number above one: decimals without an exponent, which Etsy's daemon cannot
 * read. One divided by it is never below the weight, since the Datadog Agent and Telegraf cut its decimals off.
 */
export function sampleRate(weight: number): string {
  for (let rate = 1 / weight; ; rate *= 1 - Number.EPSILON / 2) {
    for (let decimals = 1; decimals <= MOST_DECIMALS; decimals++) {
      const text = rate.toFixed(decimals);
      const counted = 1 / Number(text);
      if (counted >= weight && counted - weight <= weight * TOLERANCE) return text;
    }
  }
}
