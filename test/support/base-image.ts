import { runCommand, runWithInput } from './run-command.ts';

const baseName = 'trunkline-test/base:1';
const pauseName = 'trunkline-test/pause:1';

/** A local image that any engine can have without pulling: static busybox under all its names, `/bin/sh`. */
export async function importBaseImage(engine: string): Promise<string> {
  if (!(await hasImage(engine, baseName))) {
    await runCommand('sh', ['-c', importScript, 'import', engine, baseName]);
  }
  return baseName;
}

/** What holds the namespaces of a Kubernetes pod: sleeps, reaps orphans, and ends at once when asked to. */
export async function pauseImage(engine: string): Promise<string> {
  if (!(await hasImage(engine, pauseName))) {
    const script = "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done";
    const dockerfile = `FROM ${await importBaseImage(engine)}\nENTRYPOINT ${JSON.stringify(['/bin/sh', '-c', script])}\n`;
    await runWithInput('docker', ['-H', engine, 'build', '--tag', pauseName, '-'], dockerfile);
  }
  return pauseName;
}

async function hasImage(engine: string, name: string): Promise<boolean> {
  return (await runCommand('docker', ['-H', engine, 'image', 'ls', '--quiet', name])).trim() !== '';
}

const importScript = `
  set -eu
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -m 755 "$root/bin" "$root/etc" "$root/root"
  mkdir -m 1777 "$root/tmp"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for name in $("$root/bin/busybox" --list); do
    [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\\nnobody:x:65534:65534:nobody:/:/bin/sh\\n' >"$root/etc/passwd"
  printf 'root:x:0:\\nnogroup:x:65534:\\n' >"$root/etc/group"
  chmod 755 "$root"
  tar -C "$root" -c . | docker -H "$1" import -c 'ENV PATH=/bin' -c 'CMD ["/bin/sh"]' - "$2"
`;
