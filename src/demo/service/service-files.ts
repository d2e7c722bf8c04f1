import { baseImage } from '../engine/base-image.ts';

/** What the service answers to `GET /version` when it runs revision 7: `r7`, as the pipeline's build says. */
export function versionOf(revision: number): string {
  return `r${revision}`;
}

/** Relative to the service's folder. */
export const deployFile = 'deploy.yaml';

export interface ServiceText {
  /** One line that stands on its page. */
  greeting: string;
  /** What settings.conf says; `eighty` is the mistake of the tour. */
  port: '8080' | 'eighty';
  /** What deploys it: Compose or Kubernetes. */
  manifest: string;
}

/** A small web service, as files of its folder in the repository. */
export function serviceFiles({ greeting, port, manifest }: ServiceText): Record<string, string> {
  return {
    'README.md': readme,
    Dockerfile: dockerfile,
    'greeting.txt': `${greeting}\n`,
    'settings.conf': `# Read by start.sh.\nPORT=${port}\n`,
    'start.sh': startScript,
    'test.sh': testScript,
    [deployFile]: manifest,
  };
}

const readme = `# hello

A web service in four files: start.sh makes the page from greeting.txt and serves it on the port of settings.conf.
test.sh is what the pipeline runs before it pushes the image.
`;

const dockerfile = `FROM ${baseImage}
WORKDIR /srv
COPY greeting.txt settings.conf start.sh test.sh ./
ARG VERSION=unknown
ENV VERSION=$VERSION
HEALTHCHECK --interval=1s --timeout=10s --retries=10 CMD wget -q -O /dev/null http://127.0.0.1:8080/version
CMD ["sh", "start.sh"]
`;

const startScript = `#!/bin/sh
# Makes the page, then serves it until it is told to end.
set -eu
. ./settings.conf
case $PORT in
  '' | *[!0-9]*) echo "settings.conf: PORT is '$PORT', which is no number" >&2; exit 1 ;;
esac
mkdir -p /srv/www
echo "$VERSION" >/srv/www/version
printf '<!doctype html><title>hello</title><h1>%s</h1><p>Version %s</p>\\n' "$(cat greeting.txt)" "$VERSION" >/srv/www/index.html
# Those who are on their way here are still served.
trap 'sleep 1; kill "$server"; exit 0' TERM INT
httpd -f -p "$PORT" -h /srv/www &
server=$!
wait "$server"
`;

const testScript = `#!/bin/sh
# What has to hold before an image of this service is pushed.
set -eu
[ -s greeting.txt ] || { echo 'greeting.txt is empty'; exit 1; }
sh -n start.sh
echo "The greeting is: $(cat greeting.txt)"
`;
