import type { Refusal } from '../cluster.ts';
import { recordOf, textOf } from '../json-reading.ts';
import type { ApiError } from './api-error.ts';
import { type KubeObject, nameOf } from './objects.ts';

/**
 * What the API server says of an object that it refuses, in one line for people; its own words follow where they were
 * changed. Only the text tells these mistakes apart: other texts are passed on as they are.
 */
export function explainRefusal(object: KubeObject, error: ApiError): Refusal {
  const [first = '', ...rest] = error.message.split('\n');
  const told =
    unknownFields(error) ?? wrongTypes(error) ?? noBase64(object, error) ?? unchangeable(object, error);
  if (told === undefined) {
    return { refusal: `the cluster refuses ${nameOf(object)}: ${first.trim()}`, details: rest };
  }
  return { refusal: `the cluster refuses ${nameOf(object)}: ${told}`, details: [first, ...rest] };
}

function unknownFields({ message }: ApiError): string | undefined {
  const fields = [...message.matchAll(/(\.\S+): field not declared in schema/g)].map(([, path]) => path);
  if (fields.length === 0) return undefined;
  const verb = fields.length === 1 ? 'is no field' : 'are no fields';
  return `${fields.join(', ')} ${verb} that it knows: is it spelt right, and at its right place?`;
}

const expectations: Readonly<Record<string, string>> = {
  ...{ string: 'text', numeric: 'a number', boolean: 'true or false', bool: 'true or false' },
  ...{ map: 'a map', list: 'a list' },
};

function wrongTypes({ message }: ApiError): string | undefined {
  const found = [...message.matchAll(/(\.[^\s:]\S*?): expected (\w+)[^\n,]*, got ([^\n]*)/g)].map(
    ([, path = '', expected = '', got = '']) => {
      const value = /Value:([\w.+-]+)\}/.exec(got)?.[1];
      const is = value === undefined ? '' : `, and is ${value}`;
      const hint = expected === 'string' && value !== undefined ? ': put it in quotes' : '';
      return `${path} must be ${expectations[expected] ?? expected}${is}${hint}`;
    },
  );
  return found.length === 0 ? undefined : found.join('; ');
}

/** The server does not say which one it is. */
function noBase64({ kind, data }: KubeObject, { message }: ApiError): string | undefined {
  if (kind !== 'Secret' || !message.includes('illegal base64')) return undefined;
  const wrong = Object.entries(recordOf(data)).find(([, value]) => !base64.test(textOf(value)));
  const which = wrong === undefined ? 'a value under data' : `data.${wrong[0]}`;
  return `${which} is not base64: write it under stringData, as it is`;
}

const base64 = /^(?:[A-Za-z0-9+/\s]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?\s*$/;

/** What is fixed once an object exists; the way out differs by kind. */
function unchangeable(object: KubeObject, { message, causes }: ApiError): string | undefined {
  // Of a StatefulSet the server names all that may be changed, not what was.
  if (message.includes('updates to statefulset spec'))
    return 'its volumeClaimTemplates, selector, serviceName and podManagementPolicy cannot be changed: to make it anew, and keep its pods and volumes, "kubectl delete --cascade=orphan" it first';
  if (/spec is immutable after creation/.test(message)) {
    const isSmaller = message.includes('less than previous value');
    const what = isSmaller ? 'a claim cannot shrink' : 'of a claim nothing can be changed but to grow it';
    return `${what}: put its old values back, or make a new claim under another name`;
  }
  const fixed = causes.filter((cause) => /field is immutable|may not change once set/.test(cause.message));
  if (fixed.length === 0) return undefined;
  const fields = [...new Set(fixed.map(({ field }) => field))].join(', ');
  return `${fields} cannot be changed once it is there: ${wayOut(object.kind)}`;
}

function wayOut(kind: string): string {
  if (kind === 'Service')
    return 'put the old value back, or delete the Service first; until it is made anew, nobody reaches it';
  if (kind === 'ConfigMap' || kind === 'Secret')
    return 'give it another name at each change (the annotation trunkline/content-name: "true" does that), or delete it first';
  return 'put the old value back, give it another name, or delete it first; its pods end then';
}
