#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Finds words that this project does not use in its prose, as FILE:LINE:WORD: the line, and exits
# with 1 if there are any: prose.sh [FILE...]
# Reads comments and strings of C, comments and strings of scripts and tests, and documents whole.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8

# PATTERN (Perl, whole words, any case) TAB what to write instead.
words=$(cat <<'EOT'
tell(s|ing)?|told|untold	report, print
is said|are said|was said|said to|let be seen	is reported, reports
(sent|sends?|sending) again	retransmit
thr(ow|ows|own|ew) away	drop
g[ai]ve(s|n)? up|giving up	time out, abort
(a|the|one|each|every|another|next|last|first|second) looks?(?! (at|for|like|up)\b|-)	scan, snapshot
births?|unborn	passive open
troubles?	handshake drop
story|stories	reason
nobody(?! \(|'s uid)|whoever	no process, name the process
(?<!there )is no (?!longer|more|such|other|less)[a-z]+	is not a
(connections|events|times|lines|bytes|packets|transitions|sockets|stacks|segments|changes|sessions|requests|[0-9,]+|once|twice) a second	per second
so many	count
mini|unported|portless	minisocket, port wait
unseen|unable	not visible, cannot
gauges?	state count
nurser(y|ies)|heirs?|storms?	fork server, worker, stress
faces?	format
keepers?	pin
EOT
)
# Matches that are fine: names in code, and words in their plain sense. Perl, against `FILE: line`.
allowed='EXIT_UNABLE|load_error|tcpstate_gauge|type (gauge|counter)|"nobody"|-u nobody|65534 nobody|interface|surface|prose\.sh|"story"'

files=("$@")
if [ $# -eq 0 ]; then
	mapfile -t files < <(find src bpf include README.md CONTRIBUTING.md SECURITY.md doc scripts tests Makefile .ci -type f | sort |
		grep -E '\.([chy]|md|in|sh|py|mk)$|^Makefile$|^\.ci/|matrix$' |
		grep -vE '^(scripts/prose\.sh|tests/scripts/prose\.sh|src/explain/zh)')
fi

printf '%s\n' "${files[@]}" | WORDS=$words ALLOWED=$allowed perl -CSDA -Mstrict -Mwarnings -e '
	my (@words, $bad);
	for (split /\n/, $ENV{WORDS}) {
		my ($pattern, $instead) = split /\t/;
		push @words, [qr/(?<![\w.\/>-])($pattern)(?![\w\/(]|\.\w|->)/i, $instead];
	}
	my $any = join "|", map { $_->[0] } @words;
	$any = qr/$any/;
	my $allowed = qr/$ENV{ALLOWED}/;
	while (my $file = <STDIN>) {
		chomp $file;
		open my $in, "<", $file or die "prose.sh: $file: $!\n";
		my $comment = 0;
		while (my $line = <$in>) {
			chomp $line;
			my $prose = $line;
			if ($file =~ /\.[ch]$/) {
				($prose, $comment) = c_prose($line, $comment);
			} elsif ($file !~ /\.(md|in)$/) {
				$prose = $file =~ /\.py$/ ? py_prose($line, \$comment) : sh_prose($line);
			}
			next if $prose !~ $any || $line =~ $allowed;
			for (@words) {
				next if $prose !~ $_->[0];
				my $found = $1;
				$line =~ s/^\s+//;
				print "$file:$.: $found ($_->[1]): $line\n";
				$bad = 1;
			}
		}
		close $in;
	}
	exit($bad ? 1 : 0);

	# Comments and strings of a line of C, and whether a comment goes on behind it.
	sub c_prose {
		my ($line, $inside) = @_;
		my $out = "";
		if ($inside) {
			return ($line, 1) unless $line =~ s/^(.*?)\*\///;
			$out = $1;
		}
		return ($out, 0) if $line =~ /^\s*#\s*include/;
		while ($line =~ /("(?:[^"\\]|\\.)*")|\/\*(.*?)(\*\/|$)|\/\/(.*)/g) {
			$out .= " | " . ($1 // $2 // $4);
			return ($out, 1) if defined $2 && $3 eq "";
		}
		return ($out, 0);
	}

	# Comments and quoted sentences: a string without a space is a name.
	sub sh_prose {
		my ($line) = @_;
		my $out = $line =~ /(?:^|\s)#(.*)/ ? $1 : "";
		while ($line =~ /"((?:[^"\\]|\\.)*)"|\x27([^\x27]*)\x27/g) {
			my $string = $1 // $2;
			$out .= " | $string" if $string =~ / /;
		}
		return $out;
	}

	sub py_prose {
		my ($line, $inside) = @_;
		my $quotes = () = $line =~ /"""/g;
		my $whole = $$inside || $quotes;
		$$inside = !$$inside if $quotes % 2;
		return $whole ? $line : sh_prose($line);
	}'
