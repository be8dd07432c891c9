#compdef hi
# zsh completion for hi, as `hi completion zsh` prints it.
_hi() {
	local line files=
	local -a found

	for line in "${(@f)$("$words[1]" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
		if [[ $line == / ]]; then
			files=yes
		elif [[ -n $line ]]; then
			line=${line//:/\\:}
			found+=("${line/$'\t'/:}")
		fi
	done
	_describe -V hi found
	[[ -z $files ]] || _files
}
if [[ $funcstack[1] == _hi ]]; then
	_hi "$@"
else
	compdef _hi hi
fi
