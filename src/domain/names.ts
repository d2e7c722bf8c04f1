/** Names of pipelines, steps, repositories, registries, environments: usable in URLs and Kubernetes labels. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const nameRule =
  'a name has 1 to 63 lower-case letters, digits and dashes, and begins and ends with a letter or digit';
