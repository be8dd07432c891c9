#!/usr/bin/python3
"""Reads a step's output as the GitHub Actions runner does and prints the commands that it would carry out, one a line:
the name, a tab, the data. Lines end at LF, CR or both. "::name properties::data" counts behind any blanks, zero-width
characters as if they were not there; "##[name properties]data" counts anywhere in a line. Names are those that the
runner knows, in any case."""
import re
import sys
import unicodedata

KNOWN = set('error warning notice debug group endgroup section command add-mask add-matcher remove-matcher echo set-output '
            'save-state set-env add-path stop-commands'.split())

text = sys.stdin.buffer.read().decode('utf-8', 'replace')
for line in re.split(r'\r\n|\r|\n', text):
    seen = ''.join(c for c in line if unicodedata.category(c) not in ('Cf', 'Cc', 'Mn') or c == '\t').strip()
    match = re.match(r'::([^\s:]+)(?: .*?)?::(.*)', seen) or re.search(r'##\[([^\s\]]+)[^\]]*\](.*)', seen)
    if match and match[1].lower() in KNOWN:
        print(f'{match[1].lower()}\t{match[2]}')
