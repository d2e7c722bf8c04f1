import { runCommand, runWithInput } from '../run-command.ts';

/**
 * Removes the firewall rules and chains of kubelet and kube-proxy, which both leave when they end; others stay.
 * (`kube-proxy --cleanup` does half of it, and fails where ipset is not installed.)
 */
export async function removeKubernetesRules(): Promise<void> {
  for (const table of ['filter', 'nat', 'mangle']) {
    const saved = (await runCommand('iptables-save', ['--table', table])).split('\n');
    const changes = removals(saved);
    if (changes.length === 0) continue;
    await runWithInput('iptables-restore', ['--noflush'], [`*${table}`, ...changes, 'COMMIT', ''].join('\n'));
  }
}

/** A chain can go when nothing jumps to it any more: first the jumps of others, then all contents, then the chains. */
function removals(saved: string[]): string[] {
  const chains = saved.flatMap((line) => /^:(KUBE-\S+)/.exec(line)?.[1] ?? []);
  const jumps = saved.filter((line) => /^-A (?!KUBE-).* -j KUBE-/.test(line));
  return [
    ...jumps.map((line) => line.replace(/^-A/, '-D')),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ];
}
