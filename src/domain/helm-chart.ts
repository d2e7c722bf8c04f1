/** What a deploy step renders with Helm; paths are relative to `source.path`. */
export interface HelmChart {
  /** The folder of the chart. */
  chart: string;
  /** Files of values, later ones over earlier ones. */
  values: string[];
  /** What the chart sees as the name of its release. */
  release: string;
  /** How the version of Helm must begin, such as `3.14`; null: whatever the worker has. */
  version: string | null;
}
