#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The content of ELF objects, as one digest a file: "DIGEST FILE".
#   objects.pl <FILES
# Two objects with the same digest do the same.  So it leaves out what says only
# where in the source something stands: debug information, notes (the build id),
# and the line numbers of WARN() and BUG().  A comment more is no change then.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);

# In __bug_table every 32-bit word is a relocated address, but the one that holds
# line and flags (struct bug_entry).
sub without_lines
{
	my ($table, $rela) = @_;
	my %address = map { unpack('Q<', substr($rela, $_ * 24, 8)) => 1 }
		0 .. length($rela) / 24 - 1;

	for (my $at = 0; $at + 4 <= length($table); $at += 4) {
		substr($table, $at, 2) = "\0\0" unless $address{$at};
	}
	return $table;
}

sub digest
{
	my ($file) = @_;
	my (%section, @names, $sha);

	open(my $in, '<:raw', $file) or die "$file: $!\n";
	my $elf = do { local $/; <$in> };
	return sha256_hex($elf) unless substr($elf, 0, 5) eq "\x7fELF\x02";
	my $shoff = unpack('Q<', substr($elf, 40, 8));
	my ($size, $count, $strings) = unpack('S<3', substr($elf, 58, 6));
	my @header = map { [unpack('L<2Q<4L<2Q<2', substr($elf, $shoff + $_ * $size, $size))] } 0 .. $count - 1;
	my $names = substr($elf, $header[$strings][4], $header[$strings][5]);

	for my $h (@header) {
		my $name = unpack('Z*', substr($names, $h->[0]));
		my $data = $h->[1] == 8 ? "bss $h->[5]" : substr($elf, $h->[4], $h->[5]);

		next if $name =~ /^(\.rela)?\.(debug|BTF|note|comment|llvm)|^\.shstrtab$/;
		# a section may come more than once: of each function, of each group
		push @names, $name;
		push @{$section{$name}}, $data;
	}
	if ($section{__bug_table}) {
		$section{__bug_table}[0] = without_lines($section{__bug_table}[0],
			$section{'.rela__bug_table'} ? $section{'.rela__bug_table'}[0] : '');
	}
	$sha = Digest::SHA->new(256);
	$sha->add("$_\0", shift @{$section{$_}}) for @names;
	return $sha->hexdigest;
}

while (my $file = <STDIN>) {
	chomp $file;
	print digest($file), " $file\n";
}
