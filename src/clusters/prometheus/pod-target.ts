import type { JsonObject } from '../../domain/json.ts';
import type { PodAddress } from '../cluster-scraping.ts';
import { textOf } from '../json-reading.ts';

const podLabels = ['__meta_kubernetes_pod_name', 'pod', 'kubernetes_pod_name', 'pod_name'];
const namespaceLabels = ['__meta_kubernetes_namespace', 'namespace', 'kubernetes_namespace'];
const addressLabels = ['__address__', 'instance'];

/** Whether the labels of a target are those of a pod. Addresses come again, in other clusters too: its name says more. */
export function isTargetOf(
  labels: JsonObject,
  { name, address, namespace }: PodAddress & { namespace: string },
): boolean {
  const said = (keys: readonly string[]) =>
    keys.map((key) => textOf(labels[key])).filter((text) => text !== '');
  const [itsNamespace = namespace] = said(namespaceLabels);
  if (itsNamespace !== namespace) return false;
  const [itsName] = said(podLabels);
  if (itsName !== undefined) return itsName === name;
  return said(addressLabels).some((text) => hostOf(text) === address);
}

/** `10.1.2.3:8080`, `[fd00::1]:8080` */
function hostOf(text: string): string {
  return text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
