#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How each C file below the given paths is compiled: from compile_commands.json,
from a kernel tree's .cmd files, or else by a guess.

units.py [--output=KERNEL=DIR]... [--headers] RESULTS PATH...
A line for each way that a file is compiled, tab-separated: folder, file,
arguments: what lint reads.
--output: where the generated headers of a kernel tree are, if not in there.
--headers: the headers that no file in lint's RESULTS includes, to be read by
themselves.  What cannot be read at all is added to RESULTS.
"""
import functools
import json
import os
import re
import shlex
import sys

import guess

# What decides how the source reads; the rest is for a compiler's back end.
KEPT = re.compile(r'-(I|D|U|std=|m16$|m32$|mx32$|m64$|-target=|-sysroot=|nostdinc|funsigned-char|fsigned-char|'
                  r'fshort-wchar|fms-extensions|fshort-enums|fopenmp|pthread)')
KEPT_WITH_VALUE = ('-I', '-D', '-U', '-target', '--sysroot', '-include', '-isystem', '-iquote', '-idirafter', '-imacros')
# A compiler for another machine has that machine's name in its own.
CROSS = re.compile(r'(\w+(?:-\w+)+)-(?:gcc|cc|clang)(?:-[\d.]+)?$')
WRAPPERS = ('ccache', 'sccache', 'distcc')


def cross_target(words):
    names = [os.path.basename(word) for word in words[:2]]
    name = names[-1] if names[0] in WRAPPERS else names[0]
    cross = CROSS.match(name)
    if not cross or cross.group(1).startswith('x86_64-linux'):
        return []
    # No cross compiler's headers: this machine's will do to read it.
    return ['--target=' + cross.group(1)] + \
        ([] if '-nostdinc' in words else ['-idirafter/usr/include/x86_64-linux-gnu'])


def expanded(words, folder, depth=0):
    """With the words of each @FILE in its place, and those of -Wp,A,B."""
    for word in words:
        if word.startswith('@') and depth < 8:
            try:
                with open(os.path.join(folder, word[1:]), encoding='utf-8',
                          errors='surrogateescape') as stream:
                    yield from expanded(shlex.split(stream.read()), folder, depth + 1)
            except (OSError, ValueError):
                continue
        elif word.startswith('-Wp,'):
            yield from word.split(',')[1:]
        else:
            yield word


def kept_arguments(words, folder):
    """Of a command line for whatever compiler, what libclang shall know."""
    words = list(expanded(words, folder))
    out = ['-w'] + cross_target(words)
    words = iter(words[1:])
    for word in words:
        if word in KEPT_WITH_VALUE:
            out += [word, next(words, '')]
        elif KEPT.match(word) or word.startswith(('-isystem', '-iquote', '-include')):
            out.append(word)
    return out


def upward(path):
    while True:
        yield path
        if path == '/':
            return
        path = os.path.dirname(path)


def find_upward(path, *names):
    for folder in upward(path):
        if all(os.path.exists(os.path.join(folder, name)) for name in names):
            return folder
    return None


@functools.lru_cache(None)
def database(folder):
    """compile_commands.json of @folder: file -> each (folder, arguments)."""
    entries = {}
    name = os.path.join(folder, 'compile_commands.json')
    try:
        with open(name, encoding='utf-8') as stream:
            for entry in json.load(stream):
                words = entry.get('arguments') or shlex.split(entry['command'])
                where = os.path.join(folder, entry['directory'])
                ways = entries.setdefault(os.path.realpath(os.path.join(where, entry['file'])), [])
                way = (where, kept_arguments(words, where))
                if way not in ways:
                    ways.append(way)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f'lint: {name} is no compilation database: {error!r}')
    return entries


def cmd_file(kernel, output, path):
    """The command that built @path, from the .cmd file beside its object."""
    relative = os.path.relpath(path, kernel)
    name = os.path.join(output, os.path.dirname(relative),
                        '.' + os.path.basename(relative)[:-2] + '.o.cmd')
    try:
        with open(name, encoding='utf-8', errors='replace') as stream:
            line = stream.readline()
    except OSError:
        return None
    command = re.match(r'(?:saved)?cmd_\S+ := (.*)', line)
    if not command:
        return None
    try:
        words = shlex.split(command.group(1).split(' ; ')[0].replace('\\#', '#')
                            .replace('$(pound)', '#').replace('$$', '$'))
    except ValueError:
        return None
    return kept_arguments(words, output)


def units(path, outputs, header):
    """Each (folder, arguments) that one file is compiled with."""
    folder = find_upward(os.path.dirname(path), 'compile_commands.json')
    real = os.path.realpath(path)
    if folder and not header and real in database(folder):
        return database(folder)[real]
    return [guessed(path, outputs, header)]


def guessed(path, outputs, header):
    kernel = find_upward(os.path.dirname(path), 'MAINTAINERS', 'Kbuild', 'include/linux/kernel.h')
    if not kernel:
        return os.path.dirname(path), guess.plain(path, guess.top_of(path))
    built = outputs.get(kernel, kernel)
    if not header:
        words = cmd_file(kernel, built, path)
        if words:
            return built, words
    if guess.is_user_space(os.path.relpath(path, kernel)):
        return os.path.dirname(path), guess.tools(path, kernel, built)
    return built, guess.kernel(path, kernel, built)


def c_files(path, suffix, unread):
    if not os.path.isdir(path):
        # Whatever it is, it was asked for by name: once is enough.
        return [path] if suffix == '.c' else []
    found = []
    for folder, folders, names in os.walk(
            path, onerror=lambda e: unread.setdefault(e.filename, e.strerror)):
        folders[:] = sorted(f for f in folders if not f.startswith('.'))
        found += [os.path.join(folder, n) for n in sorted(names)
                  if n.endswith(suffix) and not n.endswith('.mod.c') and not n.startswith('.')]
    return found


def included_headers(results):
    with open(results, encoding='utf-8', errors='surrogateescape') as stream:
        items = [json.loads(line) for line in stream]
    return {item['header'] for item in items if 'header' in item}


def main():
    arguments = sys.argv[1:]
    outputs, header, seen, unread = {}, False, set(), {}
    while arguments[0].startswith('--'):
        option = arguments.pop(0)
        if option == '--headers':
            header = True
        else:
            kernel, output = option.split('=')[1:]
            outputs[kernel] = output
    results = arguments.pop(0)
    if header:
        seen = included_headers(results)
    sys.stdout.reconfigure(errors='surrogateescape')
    for path in arguments:
        for name in c_files(path, '.h' if header else '.c', unread):
            key = os.path.realpath(name) if header else name
            if key in seen:
                continue
            seen.add(key)
            if '\t' in name or '\n' in name:
                unread[name] = 'a name with a tab or a newline'
                continue
            as_c = ['-x', 'c'] if name.endswith('.h') else []
            for folder, words in units(name, outputs, name.endswith('.h')):
                print('\t'.join([folder, name] + words + as_c))
    with open(results, 'a', encoding='utf-8', errors='surrogateescape') as stream:
        for name, why in unread.items():
            stream.write(json.dumps({'unit': name, 'error': why}, ensure_ascii=False) + '\n')


if __name__ == '__main__':
    main()
