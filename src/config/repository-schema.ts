import { z } from 'zod';
import { layoutConflict, layoutMistake } from '../domain/branch-layout.ts';
import { statusForges } from '../domain/commit-status.ts';
import { checkedText, duration, name, treePath } from '../domain/text-schemas.ts';
import {
  authority,
  clientCertificate,
  credentialsName,
  file,
  secretReference,
  text,
  trustedFailures,
} from './shared-schemas.ts';

const secretReferences = z.union([
  secretReference,
  z.array(secretReference).min(1, 'name at least one token'),
]);
const signed = z.strictObject({
  secret: secretReferences.meta({
    description: "The webhook's secret. Several while it is being changed.",
    examples: [{ file: '/run/secrets/webhook' }],
  }),
});
const allowedExternal = z
  .union(
    [
      z.strictObject({ repository: name }),
      z.strictObject({
        url: text,
        credentials: credentialsName,
        ca: authority,
        'client-certificate': clientCertificate,
      }),
    ],
    'this is neither an entry of repositories nor a URL\nwrite { repository: NAME } or { url: URL }',
  )
  .meta({ title: 'external' });
const layout = checkedText(layoutMistake).meta({ title: 'layout' });
const layouts = z
  .array(layout)
  .min(1, 'name at least one pattern')
  .refine(
    (patterns) => patterns.length === 1 || !patterns.includes('none'),
    "'none' stands alone: where the root is a branch there are no others",
  )
  .superRefine((patterns, { addIssue }) => {
    const conflict = layoutConflict(patterns);
    if (conflict !== null) addIssue({ code: 'custom', message: conflict });
  });
export const repositorySchema = z.strictObject({
  svn: text.optional().meta({
    description:
      "URL of a Subversion repository's root: `svn`, `svn+ssh` or `https`; `http` and `file` when `svn.allow` names them.",
    examples: ['svn://svn.example.com/shop'],
  }),
  git: text.optional().meta({
    description:
      'Or URL of a Git repository: `https`, `ssh` or `user@host:path`; `http` and `file` when `git.allow` names them.',
    examples: ['https://gitlab.example.com/shop/web.git', 'git@gitlab.example.com:shop/web.git'],
  }),
  layout: z
    .union([layout, layouts])
    .optional()
    .meta({
      description:
        'Subversion: what is a branch. `standard`: `trunk`, `branches/*`, `tags/*`; `none`: the root itself, which is called `trunk`; else patterns of folders under the root.',
      default: 'standard',
      examples: ['standard', ['{project}/trunk', '{project}/branches/*']],
    }),
  readable: z
    .array(treePath)
    .min(1, 'name at least one folder')
    .optional()
    .meta({
      description:
        "Subversion: the folders that the account may read, where the repository's root is closed to it. Default: those of `layout` that are open to it, such as `trunk` and `branches`.",
      examples: [['trunk/services/cart', 'branches']],
    }),
  credentials: credentialsName,
  poll: duration({ from: '100ms', to: '1d' })
    .optional()
    .meta({ description: 'How often the server looks for commits that no hook told of.', default: '60s' }),
  hook: z
    .strictObject({
      token: secretReferences.optional().meta({
        description: 'The bearer token that hooks must send. Several while a token is being changed.',
        examples: [{ file: '/run/secrets/shop-hook' }, [{ env: 'OLD_TOKEN' }, { env: 'NEW_TOKEN' }]],
      }),
      gitlab: z
        .strictObject({
          token: secretReferences.optional().meta({
            description: "The webhook's secret token. Several while it is being changed.",
            examples: [{ env: 'GITLAB_TOKEN' }],
          }),
          signing: secretReferences.optional().meta({
            description:
              "The webhook's signing token (GitLab 19). Where it is given, every delivery must be signed with it, and `token` does not count.",
            examples: [{ file: '/run/secrets/gitlab-signing' }],
          }),
        })
        .refine(
          ({ token, signing }) => token !== undefined || signing !== undefined,
          "'token' or 'signing' is missing",
        )
        .optional()
        .meta({
          description:
            "Git: GitLab's webhook: pushes, tags, merge requests, pipelines. One of a whole group, or a system hook, serves each repository that has its secret here.",
        }),
      github: signed.optional().meta({
        description: "Git: GitHub's webhook: pushes, branches and tags, pull requests.",
      }),
      gitea: signed.optional().meta({
        description: "Git: Gitea's or Forgejo's webhook: pushes, branches and tags, pull requests.",
      }),
    })
    .optional()
    .meta({ description: 'What hooks of this repository need. Without it the repository is only polled.' }),
  externals: z
    .union(
      [z.literal('ignore'), z.array(allowedExternal)],
      'write ignore, or a list of what is allowed: [{ repository: NAME }, { url: URL }]',
    )
    .optional()
    .meta({
      description:
        'Subversion: where `svn:externals` may lead, beside the repository itself: other entries of `repositories`, or URLs and all below, each with its own `credentials` (`ca`, `client-certificate`). One that leads elsewhere fails the step. `ignore`: trees are exported without externals.',
      default: [],
      examples: [
        [{ repository: 'lib' }, { url: 'https://svn.example.org/vendor', credentials: 'vendor' }],
        'ignore',
      ],
    }),
  submodules: z
    .array(text)
    .optional()
    .meta({
      description:
        "Git: URLs of submodules on other hosts that may be fetched, without a login; with a slash at the end all below. Those on the repository's own host may always be.",
      examples: [['https://git.example.org/libraries/']],
    }),
  statuses: z
    .strictObject({
      forge: z.enum(statusForges).meta({ description: 'What kind of server it is; `gitea` is Forgejo too.' }),
      token: secretReference.meta({
        description:
          'An access token of it. GitLab: scope `api`, role Developer (with the role Maintainer it is also seen when GitLab has stopped its webhook); GitHub: `repo:status`, or "Commit statuses: write"; Gitea: `write:repository`.',
        examples: [{ file: '/run/secrets/gitlab-statuses' }],
      }),
      api: text.optional().meta({
        description:
          'The URL of its API. Left out: where it is on the host of the repository (`/api/v4`, `/api/v3`, `/api/v1`; `https://api.github.com`).',
        examples: ['https://gitlab.example.com/api/v4'],
      }),
    })
    .optional()
    .meta({
      description:
        "Git: tell the repository's server what becomes of each commit, where it shows that beside the commit and in its merge requests: one status `trunkline/PIPELINE` for each pipeline, of its newest run. Without it nothing is told.",
    }),
  ca: authority,
  'client-certificate': clientCertificate,
  'trust-certificate-failures': trustedFailures,
  ssh: z
    .strictObject({
      key: file.meta({ description: 'Private key without a passphrase.', examples: ['/etc/trunkline/id'] }),
      'known-hosts': file.meta({
        description: 'File with the host keys that are trusted.',
        examples: ['/etc/trunkline/known_hosts'],
      }),
    })
    .optional()
    .meta({ description: 'For `svn+ssh` and Git over `ssh`.' }),
});
