/// Scripts that ask the program itself what can stand at the cursor (`CompletionCandidates`). It knows that booleans take no
/// separate value, that flags without a subcommand are those of `serve`, and which values are files.
enum CompletionScript {
    static func text(for shell: CompletionCommand.Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// For bash 4 and later. Its line editor takes `=` and `:` for words of their own, and replaces only what is behind them.
    private static let bash = #"""
        _pod_identity_webhook() {
            local -a words=() answers=()
            local -i index
            for ((index = 1; index <= COMP_CWORD; index++)); do
                if ((index > 1)) && [[ ${COMP_WORDS[index]} == [=:]* || ${COMP_WORDS[index - 1]} == *[=:] ]]; then
                    words[${#words[@]} - 1]+=${COMP_WORDS[index]}
                else
                    words+=("${COMP_WORDS[index]}")
                fi
            done
            mapfile -t answers < <("${COMP_WORDS[0]/#~\//$HOME/}" __complete "${words[@]}" 2>/dev/null)
            COMPREPLY=("${answers[@]:1}")
            if [[ ${answers[0]-} == files ]]; then compopt -o default; fi
        }
        complete -F _pod_identity_webhook pod-identity-webhook

        """#

    private static let zsh = #"""
        #compdef pod-identity-webhook

        _pod_identity_webhook() {
            local -a answers
            answers=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            if [[ $PREFIX == --*=* ]]; then compset -P '*='; fi
            if [[ $answers[1] == files ]]; then
                _files
            else
                compadd -- "${(@)answers[2,-1]}"
            fi
        }

        if [[ $funcstack[1] == _pod_identity_webhook ]]; then
            _pod_identity_webhook "$@"
        else
            compdef _pod_identity_webhook pod-identity-webhook
        fi

        """#

    private static let fish = #"""
        function __pod_identity_webhook_complete
            set -l current (commandline -ct)
            set -l words (commandline -opc) "$current"
            set -l answers ($words[1] __complete $words[2..-1] 2>/dev/null)
            set -l start (string match -r -- '^--[^=]*=' "$current")
            if test "$answers[1]" = files
                __fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current") | string replace -r -- '^' "$start"
            else
                for answer in $answers[2..-1]
                    echo "$start$answer"
                end
            end
        end

        complete -c pod-identity-webhook -f -a '(__pod_identity_webhook_complete)'

        """#
}
