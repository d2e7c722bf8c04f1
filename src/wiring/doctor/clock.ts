import type { Finding } from '../../domain/finding.ts';

/** Times of both are compared with each other in runs and logs. */
const mostMs = 5_000;

/** Something to say where another machine's clock is too far from ours. @param aheadMs of the other one */
export function clockFinding(whose: string, aheadMs: number): Finding[] {
  if (Math.abs(aheadMs) <= mostMs) return [];
  const text = `that of the ${whose} is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  return [{ part: 'clock', state: 'warning', text, hint: 'Let NTP set both (`timedatectl set-ntp true`).' }];
}
