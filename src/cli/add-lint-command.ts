import type { Command } from 'commander';
import type { LintOptions } from './commands/lint.ts';
import type { CommandTools } from './context.ts';

export function addLintCommand(program: Command, tools: CommandTools): void {
  program
    .command('lint')
    .description('Check pipeline files, and trunkline.yaml, without a server')
    .argument(
      '[file...]',
      'pipeline files, or - for standard input; without any, those of pipelines/, and trunkline.yaml',
    )
    .option('--config <file>', "check also this server's config, and the names in the pipelines against it")
    .option('--dir <folder>', 'a checkout, where pipelines with file: have their steps (default: .)')
    .option('--manifests', 'the files are Kubernetes manifests: tell what a deploy step would warn of')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  trunkline lint\n  trunkline lint pipelines/cart.yaml --config trunkline.yaml\n  trunkline lint --manifests deploy/*.yaml\n  git show :pipelines/cart.yaml | trunkline lint -',
    )
    .action(async (files: string[], { manifests, ...options }: LintOptions & { manifests?: true }) => {
      if (manifests) {
        const { lintManifestFiles } = await import('./commands/lint-manifests.ts');
        return lintManifestFiles(tools.terminal, files, options);
      }
      const { lint } = await import('./commands/lint.ts');
      await lint(tools, files, options);
    });
}
