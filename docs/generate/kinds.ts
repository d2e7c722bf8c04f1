/** What the kinds of values in the reference mean: the `title` of a schema, and its explanation. */
export const kinds: Readonly<Record<string, string>> = {
  name: '1 to 63 lower-case letters, digits and dashes; begins and ends with a letter or digit.',
  path: 'A relative path with `/`, inside the tree: never absolute, never with `..`.',
  pattern:
    'Matches paths or branches. `*` stays within one segment, `**` spans any number of them, `?`, `[a-z]` and `{a,b}` as in a shell. A leading `!` excludes. In a list the last pattern that matches decides. A pattern that ends in a plain name (`docs`) means it and everything below. Patterns that begin with `*`, `!` or `{` need quotes in YAML.',
  cron: 'Five fields: minute, hour, day of the month, month, day of the week, as in `crontab`; `L` is the last day, `#` the n-th weekday. Or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.',
  address: 'An IP address, `127.0.0.1`, or a network, `10.0.0.0/8`; also of IPv6.',
  'local time': 'A date, or a date and a time, without a zone: `2026-12-24`, `2026-12-24T18:00`.',
  'time zone': 'A name of the IANA database: `Asia/Shanghai`, `Europe/Berlin`, `UTC`.',
  expression:
    'A regular expression of RE2, found anywhere in the text; `^` and `$` are the ends of a line. A leading `!` excludes.',
  duration: 'A whole number with a unit: `ms`, `s`, `m`, `h`, `d`. `30s`, `10m`.',
  size: 'A whole number with `Mi` or `Gi`. `512Mi`.',
  template: 'A text in which `${...}` stands for a [value of the run](#values). `$${` is a literal `${`.',
  'image name': 'Lower-case letters, digits, dots, dashes and slashes, without host and tag: `shop/cart`.',
  'image reference': 'As for `docker pull`: `registry.example.com/tools/node:22`.',
  workload: '`deployment/NAME`, `statefulset/NAME` or `daemonset/NAME`; of a swarm `service/NAME`.',
  network: 'The name of a Docker network. Never `host`.',
  file: 'A path; a relative one counts from the folder of `trunkline.yaml`.',
  folder: 'A path; a relative one counts from the folder of `trunkline.yaml`.',
  secret:
    "`{ env: NAME }`, a variable of the server's environment, or `{ file: PATH }`. A secret never stands in the file itself.",
  external:
    '`{ repository: NAME }`, another Subversion entry of `repositories`, or `{ url: URL, credentials: NAME, ca: FILE }`, that URL and all below it; `credentials` and `ca` where its server needs them.',
  layout:
    "`standard`, or a path under the repository's root with at most one `*` in a segment, or `{name}` for a whole segment: `{project}/branches/*`.",
};
