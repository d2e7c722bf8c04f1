/** Where the demo's service runs. */
export interface DemoCluster {
  /** For people: what and where. */
  detail: string;
  /** What stands under `environments: demo:` in trunkline.yaml; with its id, for each start may make another cluster. */
  environment: object;
  /** What the pipeline's deploy step reads. */
  manifest: string;
  /** How a person asks the service. */
  address: string;
  /** Asks the service over HTTP, as its users do; rejects when nothing, or no service, answers. */
  ask(path: string, signal: AbortSignal): Promise<string>;
}
