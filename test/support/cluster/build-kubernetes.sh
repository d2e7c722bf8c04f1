#!/usr/bin/env bash
# Builds programs of Kubernetes 1.20.2 from Debian's source package "kubernetes".
# usage: build-kubernetes.sh TARGET PROGRAM...
# Tells each step in one line on standard output; the messages of the tools go to TARGET/build.log,
# of which the end is shown when a step fails. Nothing of the machine is changed but TARGET.
set -euo pipefail

target=$1
shift
mkdir -p "$target"
log=$target/build.log
: >"$log"
work=$(mktemp -d "$target/build.XXXXXX")
trap 'code=$?; rm -rf "$work"; [ "$code" = 0 ] || tail -n 30 "$log" >&2' EXIT

echo "fetching the source of Kubernetes"
# A list of source packages of our own, made from the machine's lists of binary packages: those stay as they are.
mkdir -p "$work/lists/partial" "$work/sources"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$list" ] && sed -n 's/^deb /deb-src /p' "$list" >>"$work/sources/source.list"
done
for list in /etc/apt/sources.list.d/*.sources; do
  [ -f "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" >"$work/sources/$(basename "$list")"
done
apt=(apt-get -q -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$work/sources"
  -o "Dir::State::Lists=$work/lists" -o "APT::Sandbox::User=root")
# Some of the machine's lists may offer no sources: it is enough that one has this package.
"${apt[@]}" update >>"$log" 2>&1 || true
cd "$work"
"${apt[@]}" source --download-only kubernetes >>"$log" 2>&1

echo "unpacking it"
source=$work/go/src/k8s.io/kubernetes
mkdir -p "${source%/*}"
dpkg-source --no-check -x kubernetes_*.dsc "$source" >>"$log" 2>&1
cd "$source"
# The bundled reflect2 1.0.1 corrupts memory under Go 1.18 and later: take the 1.0.2 that Debian packages.
bundled=vendor/github.com/modern-go/reflect2
rm -f "$bundled"/*.go "$bundled"/*.s
cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} "$bundled/"

# Its own makefile first generates code that the source package leaves out; `go build` alone fails.
export GOPATH=$work/go GOCACHE=$work/go-cache GOFLAGS= CGO_ENABLED=0
number=0
for program in "$@"; do
  number=$((number + 1))
  echo "building $program ($number of $#)"
  make WHAT="cmd/$program" >>"$log" 2>&1
  # Moved into place when it is whole: a build that was interrupted leaves no half program.
  cp -L "_output/bin/$program" "$work/$program"
  mv "$work/$program" "$target/$program"
done
rm -f "$log"
echo "built: $*"
