import { type BenchReport, machine } from './figures.ts';
import { benchBroken } from './verdict/broken.ts';
import { benchGood } from './verdict/good.ts';

/** How soon a rollout's end is known, of good ones and of broken ones; beside it what kubectl knows by then. */
export async function benchVerdict(n = 10): Promise<BenchReport> {
  const good = await benchGood(n);
  return { name: 'verdict', machine: machine(), n, figures: [...good, ...(await benchBroken())] };
}
