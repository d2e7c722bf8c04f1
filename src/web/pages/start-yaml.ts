/** What a newcomer writes, ready to be copied: two parts of one trunkline.yaml, and a whole pipeline. */
export const repositoryYaml = `
repositories:
  shop:
    svn: svn://svn.example.com/shop      # or https://, svn+ssh://
    credentials: svn
    hook: { token: { file: /run/secrets/shop-hook } }
  # web: { git: 'https://gitlab.example.com/shop/web.git', credentials: gitlab }
credentials:
  svn: { username: ci, password: { file: /run/secrets/svn } }
`;

export const environmentYaml = `
registries:
  main: { host: registry.example.com, default: true }
  # one that asks for an account has credentials: registry, and below credentials there is
  #   registry: { username: ci, password: { env: REGISTRY_PASSWORD } }
environments:
  staging: { kubernetes: { context: staging, namespace: shop } }
  # local: { swarm: {} }               # the Docker engine of the server
`;

export function pipelineYaml({
  repository,
  environment,
}: {
  repository: string;
  environment: string;
}): string {
  return `
name: cart
source: { repository: ${repository}, path: services/cart }
on:
  commit: { branches: [trunk, main], paths: ['**', '!**/*.md'] }
steps:
  - id: image
    build: { context: ., image: shop/cart }
  - id: test
    run: { from: image, commands: [npm test], timeout: 10m }
  - id: push
    push: { image: image, tags: ['r\${short-revision}'] }
  - id: ${environment}
    deploy: { environment: ${environment}, manifests: deploy/*.yaml }
`;
}
