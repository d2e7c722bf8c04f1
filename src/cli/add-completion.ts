import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** To be called last: it looks at all commands. The library's script for bash needs a package that few machines have. */
export function addCompletion(program: Command, { print }: Terminal): void {
  const completions = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('Print the script that completes commands in a shell')
    .action((shell: string) => {
      if (shell === 'bash') print(bashScript);
      else completions.setup('trunkline', 'trunkline', shell);
    })
    .addHelpText('after', '\nExample, in ~/.bashrc:\n  source <(trunkline completion bash)');
}

/** Each answer is a line, `value TAB description`; the last line is a number that only other shells need. */
const bashScript = `# bash completion for trunkline; file names where it has nothing to offer
_trunkline() {
  local line offers=()
  while IFS=$'\\t' read -r line _; do
    case $line in '' | :*) ;; *) offers+=("$line") ;; esac
  done < <(trunkline complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "\${offers[*]}" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _trunkline trunkline
`;
