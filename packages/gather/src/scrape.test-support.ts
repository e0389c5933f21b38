/** Samples of a scrape: `orders_total{plan="pro"}` → 3. */
export type Samples = ReadonlyMap<string, number>;

export function samplesOf(body: string): Samples {
  return new Map(
    body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1).replace('Inf', 'Infinity'))] as const;
      }),
  );
}

/** Of one name, whatever the labels. */
export function sumOf(samples: Samples, name: string): number {
  return [...samples]
    .filter(([series]) => series === name || series.startsWith(`${name}{`))
    .reduce((sum, [, value]) => sum + value, 0);
}

/** Samples of counters and histograms, which must never fall. */
export function growing(body: string): Samples {
  const types = new Map(
    [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type] as const),
  );
  const isGrowing = (series: string): boolean => {
    const name = series.split('{', 1)[0] as string;
    return types.get(name) === 'counter' || types.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram';
  };
  return new Map([...samplesOf(body)].filter(([series]) => isGrowing(series)));
}

/** Series that are lower in a scrape than in one before it, or that are missing. */
export function fallen(earlier: Samples, later: Samples): readonly string[] {
  return [...earlier].flatMap(([series, value]) => {
    const now = later.get(series);
    return now !== undefined && now >= value ? [] : [`${series}: ${value} → ${String(now)}`];
  });
}
