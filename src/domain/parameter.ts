/** What can be given to the runs of a pipeline. */
export interface Parameter {
  /** Letters, digits, dashes and underscores. */
  name: string;
  type: 'string' | 'number' | 'boolean' | 'choice';
  /** null: a value must be given. */
  default: ParameterValue | null;
  /** Of a choice. */
  options: string[];
  /** Of a string: a regular expression of RE2 on the whole value. */
  pattern: string | null;
  description: string | null;
}

export type ParameterValue = string | number | boolean;
