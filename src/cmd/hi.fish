# fish completion for hi, as `hi completion fish` prints it.
function __hi_complete
	set -l words (commandline -opc)
	set -l last (commandline -ct)
	for line in ($words[1] __complete $words[2..] "$last" 2>/dev/null)
		if test "$line" = /
			__fish_complete_path "$last"
		else
			echo $line
		end
	end
end
complete -c hi -f -k -a '(__hi_complete)'
