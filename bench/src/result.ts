import type { Budget, Experiment, Row } from './experiment.ts';
import type { Measured } from './harness.ts';
import { median, quantile } from './statistics.ts';

/** A row, measured. */
export interface Result {
  readonly experiment: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  /** The median of ours ÷ peer, round by round. */
  readonly ratio: number;
  /** Half of the rounds had a ratio within these. */
  readonly ratioFrom: number;
  readonly ratioTo: number;
  readonly rounds: number;
  readonly budget: Budget | undefined;
  readonly verdict: 'ok' | 'missed' | 'information' | 'failed';
  /** By which factor the budget is missed (above 1) or met. */
  readonly used: number | undefined;
  readonly failure: string | undefined;
}

/** Loops are timed in nanoseconds. */
const OF_A_NANOSECOND = { ns: 1, µs: 1e-3, ms: 1e-6, B: 1 };

export function resultOf(experiment: Experiment, row: Row, measured: Measured): Result {
  const [ours, peer] = pairs(row, measured);
  const peerMedian = median(peer);
  // Differences can be near zero where the machine is busy: then each is held against the peer's usual one.
  const ratios = ours.map((value, round) => value / (row.added === undefined ? peer[round]! : peerMedian));
  const failure = [row.ours, row.peer, row.added]
    .flatMap((program) =>
      program === undefined ? [] : (measured.failures.get(program)?.split('\n') ?? []).slice(0, 1),
    )
    .join('; ');
  const [oursMedian, ratio] = [median(ours), median(ratios)];
  const used = usedOf(row.budget, oursMedian, ratio);
  return {
    experiment: experiment.name,
    what: row.what,
    unit: row.unit,
    ours: oursMedian,
    peer: peerMedian,
    peerName: row.peer,
    ratio,
    ratioFrom: quantile(ratios, 0.25),
    ratioTo: quantile(ratios, 0.75),
    rounds: ratios.length,
    budget: row.budget,
    verdict: failure !== '' ? 'failed' : used === undefined ? 'information' : used <= 1 ? 'ok' : 'missed',
    used,
    failure: failure === '' ? undefined : failure,
  };
}

/** Ours and the peer's figures of the rounds in which the figure was taken, less what is there without either. */
function pairs(row: Row, { figures }: Measured): [ours: number[], peer: number[]] {
  const scale = row.figure === 'time' ? OF_A_NANOSECOND[row.unit] : 1;
  const figure = (program: string, round: number): number | undefined => figures.get(program)?.[round]?.[row.figure];
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let round = 0; round < (figures.get(row.ours)?.length ?? 0); round++) {
    const values = [figure(row.ours, round), figure(row.peer, round)];
    const base = row.added === undefined ? 0 : figure(row.added, round);
    if (values[0] === undefined || values[1] === undefined || base === undefined) continue;
    ours.push((values[0] - base) * scale);
    peer.push((values[1] - base) * scale);
  }
  return [ours, peer];
}

function usedOf(budget: Budget | undefined, ours: number, ratio: number): number | undefined {
  if (budget === undefined) return undefined;
  if ('ratio' in budget) return ratio / budget.ratio;
  // A budget of nothing is met by less than half a byte: reading the heap's size is no more exact than that.
  return budget.atMost === 0 ? (ours < 0.5 ? 0 : Number.POSITIVE_INFINITY) : ours / budget.atMost;
}
