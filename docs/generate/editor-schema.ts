import { type JsonSchema, memberOf } from './json-schema.ts';

/** The schema that editors use: as the reference has it, but that a template, and a step that extends one, may leave out anything. */
export function editorSchema(pipeline: JsonSchema): JsonSchema {
  const { steps, templates } = pipeline.properties ?? {};
  if (typeof steps !== 'object' || typeof templates !== 'object') throw new Error('no steps, no templates');
  const step = memberOf(steps) ?? {};
  const { id: _id, ...ofTemplate } = step.properties ?? {};
  const template = withoutRequired({ ...step, properties: ofTemplate });
  const items = { anyOf: [step, { ...withoutRequired(step), required: ['id', 'extends'] }] };
  return {
    ...pipeline,
    anyOf: [{ required: ['steps'] }, { required: ['file'] }],
    properties: {
      ...pipeline.properties,
      templates: { ...templates, additionalProperties: template },
      steps: { ...steps, items },
    },
  };
}

function withoutRequired(schema: JsonSchema): JsonSchema {
  const { required: _required, ...rest } = schema;
  const properties = Object.entries(rest.properties ?? {}).map(([key, value]) => [
    key,
    typeof value === 'object' ? withoutRequired(value) : value,
  ]);
  return rest.properties === undefined ? rest : { ...rest, properties: Object.fromEntries(properties) };
}
