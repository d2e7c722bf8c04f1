import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Pipeline } from '../api/types.ts';

export type Parameter = Pipeline['parameters'][number];
export type ParameterValue = string | number | boolean;

interface FieldProps {
  parameter: Parameter;
  /** undefined: nothing is given yet. */
  value: ParameterValue | undefined;
  onChange(value: ParameterValue): void;
}

/** Asks for the value of one parameter of a run. */
export function ParameterField({ parameter, value, onChange }: FieldProps) {
  const { t } = useTranslation();
  const { name, type, options, pattern, description } = parameter;
  const label = <code>{name}</code>;
  const rule = pattern === null ? null : t('runDialog.pattern', { pattern });
  const about = [description, rule].filter(Boolean).join(' · ');
  if (type === 'boolean') {
    return (
      <Checkbox
        label={label}
        description={about}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (type === 'choice') {
    const none = { value: '', label: t('runDialog.choose'), disabled: true };
    return (
      <NativeSelect
        label={label}
        description={about}
        data={value === undefined ? [none, ...options] : options}
        value={String(value ?? '')}
        onChange={(event) => onChange(event.currentTarget.value)}
        required
      />
    );
  }
  return (
    <TextInput
      label={label}
      description={about}
      value={String(value ?? '')}
      inputMode={type === 'number' ? 'decimal' : 'text'}
      onChange={(event) => onChange(event.currentTarget.value)}
      required={parameter.default === null || type === 'number'}
    />
  );
}

/** The values with which the form begins; a box that is not ticked is a value too. */
export function initialValues(parameters: readonly Parameter[]): Record<string, ParameterValue> {
  const given = parameters.flatMap(({ name, type, default: value }) => {
    const initial = value ?? (type === 'boolean' ? false : null);
    return initial === null ? [] : [[name, initial] as const];
  });
  return Object.fromEntries(given);
}
