import { z } from 'zod';
import { branchCases } from './branch-events.ts';
import { gitlabEnds } from './gitlab-pipeline.ts';
import { cronMistake, timezoneMistake } from './schedule.ts';
import { checkedText, duration, includingExpressions, includingPatterns, name } from './text-schemas.ts';

/** A repository has one of them, as a rule; `trunk` is Subversion's. */
const mainBranches = ['trunk', 'main', 'master'];

function revisionPropertyMistake(name: string): string | null {
  if (name.startsWith('svn:')) return "Subversion's own properties are 'authors' and 'messages'";
  return /^[A-Za-z_:][\w.:-]*$/.test(name)
    ? null
    : 'the name of a property has letters, digits, dots, dashes, underscores and colons';
}

export const commit = z
  .strictObject({
    branches: includingPatterns()
      .default([...mainBranches])
      .meta({
        description:
          'Branches whose commits count. For Subversion a branch is its path: `trunk`, `branches/release-1`. Left out: the main branch, whichever of its usual names it has.',
        examples: [['trunk', 'branches/release-*']],
      }),
    paths: includingPatterns()
      .default(['**'])
      .meta({
        description:
          'A commit counts when it changes at least one file that these patterns match, below `source.path`. A commit of Git that changes no file, an empty or a reworded one, counts where `**` is among them and `source.path` is the root.',
        examples: [['**', '!**/*.md']],
      }),
    authors: includingPatterns()
      .optional()
      .meta({
        description: 'Who must have committed. Without it: anybody.',
        examples: [['**', '!robot-*']],
      }),
    messages: includingExpressions()
      .optional()
      .meta({
        description:
          'What the log message must say: regular expressions, of which the last that matches decides.',
        examples: [['^release:'], ['', '!^chore:']],
      }),
    'revision-properties': z
      .record(checkedText(revisionPropertyMistake), includingExpressions())
      .optional()
      .meta({
        description:
          'Subversion: what revision properties must say (`svn commit --with-revprop review:state=approved`), by name: regular expressions as for `messages`. One that is not set is an empty text.',
        examples: [{ 'review:state': ['^approved$'] }, { 'build:skip': ['', '!.'] }],
      }),
    ignore: z
      .array(z.enum(['mergeinfo', 'properties']))
      .default(['mergeinfo'])
      .meta({
        description:
          'Subversion: changes of properties that do not count. `mergeinfo`: of `svn:mergeinfo` alone, as a merge that is only recorded makes them; `properties`: of any property.',
      }),
    'own-commits': z.enum(['skip', 'run']).default('run').meta({
      description:
        "Subversion: what becomes of commits by the account of the repository's `credentials`; `skip` keeps a pipeline that commits from starting itself.",
    }),
    revisions: z.enum(['every', 'latest']).default('every').meta({
      description:
        'When several commits are found at once: a run for `every` one, or only for the `latest` of each branch.',
    }),
    quiet: duration({ from: '0s', to: '1d' })
      .default('0s')
      .meta({
        description:
          'A run waits until nothing more that these filters let pass has come to the branch for so long, and is then of the newest commit alone; it lists the others.',
        examples: ['10s', '5m'],
      }),
  })
  .meta({
    description:
      'Run when somebody commits. `commit: {}` takes every default. A commit whose message has `[skip ci]` starts nothing, nor does a push with the option `ci.skip` (`git push -o ci.skip`) that a hook tells of, nor a commit of Subversion with the revision property `ci:run` (`svn commit --with-revprop ci:run=...`), by which a pipeline that commits keeps from starting pipelines.',
  });

export const mergeRequest = z
  .union([
    z.literal(true, "this is 'true' or has the key 'branches'; left out, merge requests start nothing"),
    z.strictObject({
      branches: includingPatterns()
        .default(['**'])
        .meta({ description: 'Branches that it is to be merged into.', examples: [['main', 'release-*']] }),
      forks: z
        .boolean()
        .optional()
        .meta({
          description:
            'Whether requests of forks count too: whoever may open one has commands of their own run on your workers then. Such a run gets no secret, no login of a registry, no submodule and nothing of Git LFS, and builds images only upon what anybody can pull; `push`, `deploy`, `job` and `trigger` steps fail in it, nothing runs after it, and its pipeline file is always that of the branch it is to be merged into. Its branch is `pull/NUMBER`, or `merge-requests/NUMBER` with GitLab. Left out: they are refused.',
          examples: [true],
        }),
    }),
  ])
  .meta({
    description:
      "Git: run the newest commit of a merge request, or pull request, when it is opened, when it gets new commits and when the branch that it is to be merged into is changed: `true`, or with a filter. The Git server's webhook has to tell of them. Requests of forks are refused unless `forks` allows them. With `commit` beside it, a commit that comes to a branch and to a request of it is a run of each; `${merge-request}` and `when` tell them apart.",
  });

const gitlabEnd = z.enum(gitlabEnds);

export const gitlabPipelineFilters = z.strictObject({
  status: z
    .union([gitlabEnd, z.array(gitlabEnd).min(1, 'an empty list matches nothing')])
    .default('success')
    .meta({
      description: "How GitLab's pipeline must have ended, in its words: one of them, or a list.",
      examples: ['success', ['success', 'failed']],
    }),
  branches: includingPatterns()
    .default([...mainBranches])
    .meta({
      description:
        'Branches whose pipelines count; a tag is `tags/NAME`. Left out: the main branch, whichever of its usual names it has.',
      examples: [['main', 'tags/v*']],
    }),
});

export const gitlabPipeline = z
  .union([
    z.literal(
      true,
      "this is 'true' or has keys such as 'branches'; left out, pipelines of GitLab start nothing",
    ),
    gitlabPipelineFilters,
  ])
  .meta({
    description:
      "Git: run when GitLab's own pipeline for a commit of this repository has succeeded, of that commit: `true`, or with filters. The webhook of GitLab has to tell of pipeline events. However often GitLab runs one for the same commit of a branch, it is one run here. Pipelines of merge requests start nothing.",
  });

export const branch = z
  .strictObject({
    events: z
      .array(z.enum(branchCases))
      .min(1, 'an empty list matches nothing')
      .default(['created'])
      .meta({
        description:
          '`created`: also one that is replaced, or made again after it was deleted, which is another branch then. `deleted`: the run is of the last revision at which the branch was there. Of what is created, `renamed` (Subversion): one that a commit has moved, which is `deleted` under its old name too, and `replaced` (Subversion): one that was made in the place of another, in one commit.',
        examples: [['created', 'deleted'], ['renamed']],
      }),
    branches: includingPatterns()
      .default(['**'])
      .meta({ description: 'Branches that count; tags are none.', examples: [['branches/*']] }),
  })
  .meta({
    description:
      'Run when a branch is made or deleted. With `commit` beside it, a branch that is made is one run all the same. For a deleted branch only this can start something: to take down what was deployed for it, with the value of `${branch}`.',
  });

export const tag = z
  .strictObject({
    tags: includingPatterns()
      .default(['**'])
      .meta({
        description:
          "Tags by their names, `v1.0`. For Subversion what follows `tags/`; where projects have tags of their own, the project's folder stands before it: `shop/v1.0`.",
        examples: [['v*', '!v0.*']],
      }),
  })
  .meta({
    description: 'Run when a tag is made, of what it names. Git: also when it is moved to another commit.',
  });

export const schedule = z
  .strictObject({
    cron: checkedText(cronMistake).meta({
      title: 'cron',
      description:
        'Minute, hour, day of the month, month, day of the week; or `@hourly`, `@daily`, `@weekly`.',
      examples: ['0 2 * * *', '*/15 8-18 * * 1-5'],
    }),
    timezone: checkedText(timezoneMistake)
      .default('UTC')
      .meta({
        title: 'time zone',
        description:
          'Where the clock hangs. A fixed time that its clocks jump over in spring is due when they have jumped; one that they go through twice in autumn is due once.',
        examples: ['Asia/Shanghai', 'Europe/Berlin'],
      }),
    branch: z
      .string()
      .min(1, 'an empty branch')
      .optional()
      .meta({
        description:
          "The branch whose newest revision is run. Without it: the repository's trunk, or default branch.",
        examples: ['trunk', 'branches/release-1'],
      }),
    missed: z.enum(['once', 'skip']).default('once').meta({
      description:
        'What becomes of times at which no server was up: `once`, one run for all of the last seven days, as soon as one is up; `skip`, none.',
    }),
  })
  .meta({ description: 'Run when it is time.' });

export const pipelineTrigger = z
  .strictObject({
    name: name.meta({ description: 'The other pipeline.', examples: ['base-image'] }),
    on: z.enum(['succeeded', 'failed', 'ended']).default('succeeded').meta({
      description: 'How its run must have ended; `ended`: however, unless it was superseded by a newer one.',
    }),
    branches: includingPatterns()
      .default(['**'])
      .meta({ description: 'Branches of its run that count.', examples: [['trunk']] }),
  })
  .meta({
    description:
      'Run after another pipeline, once for each of its runs: of the same revision when both have one repository, else of the newest.',
  });
