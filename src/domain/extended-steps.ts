import { type Layer, LayeredDocument } from './layered-document.ts';
import { memberOf, textAt } from './member.ts';
import type { Problem } from './problem.ts';
import type { Template } from './resolve-includes.ts';
import { maxSteps } from './step-schemas.ts';
import { suggest } from './suggestion.ts';
import type { YamlDocument } from './yaml-document.ts';

/** So many templates may stand behind each other. */
const maxChain = 10;

/** The file as if each step that extends a template had all of it written out, with the places where it really stands. */
export function extendSteps(
  document: YamlDocument,
  templates: ReadonlyMap<string, Template>,
): { document: YamlDocument; problems: Problem[] } {
  const steps = memberOf(document.value, 'steps');
  if (!Array.isArray(steps)) return { document, problems: [] };
  const problems: Problem[] = [];
  const layered = new Map<number, Layer[]>();
  for (const [index, step] of steps.slice(0, maxSteps).entries()) {
    if (textAt(step, 'extends') === null) continue;
    const own: Layer = { document, path: ['steps', index], value: step };
    const below = layersBelow(own, templates);
    if ('problem' in below) problems.push(below.problem);
    layered.set(index, 'problem' in below ? [{ ...own, value: anyStep(step) }] : [own, ...below.layers]);
  }
  return layered.size === 0
    ? { document, problems }
    : { document: new LayeredDocument(document, layered), problems };
}

/** Stands for a step whose template is missing: what that would have brought is not to be told as missing too. */
function anyStep(step: unknown): unknown {
  return { id: memberOf(step, 'id'), run: { image: 'busybox', commands: ['true'] } };
}

/** The templates under a step, the nearest first. */
function layersBelow(
  own: Layer,
  templates: ReadonlyMap<string, Template>,
): { layers: Layer[] } | { problem: Problem } {
  const layers: Layer[] = [];
  const way: string[] = [];
  for (let at = own; ; ) {
    const name = textAt(at.value, 'extends');
    if (name === null) return { layers };
    const refuse = (message: string, hint?: string) => ({
      problem: at.document.problemAt([...at.path, 'extends'], { message, hint }),
    });
    if (way.includes(name))
      return refuse(`templates extend each other in a ring: ${[...way, name].join(' -> ')}`);
    if (way.length >= maxChain) return refuse(`more than ${maxChain} templates extend each other`);
    const next = templates.get(name);
    if (next === undefined)
      return refuse(
        `there is no template '${name}'`,
        suggest(name, [...templates.keys()]) ?? 'write it below templates, or include a file that has it',
      );
    way.push(name);
    layers.push(next);
    at = next;
  }
}
