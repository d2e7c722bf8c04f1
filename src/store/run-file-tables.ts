/** The text of a file that pipelines were put together from. */
export interface FileTextTable {
  sha256: string;
  text: string;
}

/** Which texts a run was put together from; its definition says what they were called. */
export interface RunFileTable {
  run_id: string;
  sha256: string;
}
