/** What a pipeline says of a job beside what it is made of. */
export interface JobTraits {
  /** It is run again although the same content has succeeded already: a backup. */
  everyTime?: true;
  /** What it has done cannot be undone: no automatic rollback leads past it. */
  irreversible?: true;
}
