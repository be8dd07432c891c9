# bash completion for hi, as `hi completion bash` prints it.
_hi() {
	local line cut=

	# bash breaks a line at "=", too, and replaces only what follows.
	if [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
		cut='*='
	fi
	COMPREPLY=()
	while IFS= read -r line; do
		if [[ $line == / ]]; then
			compopt -o default 2>/dev/null
		else
			line=${line%%$'\t'*}
			COMPREPLY+=("${line#$cut}")
		fi
	done < <("$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o nosort -F _hi hi 2>/dev/null || complete -F _hi hi
