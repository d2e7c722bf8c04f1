import { parse } from 'yaml';
import { z } from 'zod';
import { parseImageReference } from '../domain/image-reference.ts';
import { plainText, type Statement, type Value } from './groovy-syntax.ts';

const podSchema = z.object({
  spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string() })).max(100) }),
});

/** The images of a pod's containers, by name, as far as they are written there: `yaml '''...'''`. */
export function containersOfPod(text: string): Map<string, string> {
  const pod = podSchema.safeParse(yamlValue(text));
  const containers = pod.success ? pod.data.spec.containers : [];
  return new Map(containers.filter(isUsable).map(({ name, image }) => [name, image]));
}

/** `podTemplate(containers: [containerTemplate(name: 'maven', image: 'maven:3')])`, or with `yaml`. */
export function containersOfTemplate({ named }: Statement): Map<string, string> {
  const listed = named.get('containers');
  const containers = (listed?.kind === 'list' ? listed.items : []).map(containerOf);
  return new Map([
    ...containersOfPod(plainText(named.get('yaml'))),
    ...containers.filter(isUsable).map(({ name, image }) => [name, image] as const),
  ]);
}

function containerOf(value: Value): { name: string; image: string } {
  if (value.kind !== 'call') return { name: '', image: '' };
  return { name: plainText(value.named.get('name')), image: plainText(value.named.get('image')) };
}

function isUsable({ image }: { image: string }): boolean {
  return parseImageReference(image) !== null;
}

function yamlValue(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'silent' });
  } catch {
    // Groovy may have more to say in it than YAML takes.
    return null;
  }
}
