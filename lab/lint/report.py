#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""From lint's lines of JSON to messages like a compiler's, lint.json and a patch.

report.py UNITS RESULTS JSON PATCH [--fix] PATH...
Prints the messages; with --fix the patch in their place.  PATH: what was asked
for.  The last line on stderr is a summary.  Exit status: 0 no hits, 1 hits, 3 the
report itself failed, 4 no hits, but a file that could not be parsed whole, or none at all.
"""
import collections
import difflib
import json
import os
import sys
import traceback


def short(path):
    """As somebody in this folder would name it."""
    relative = os.path.relpath(path)
    return path if relative.startswith('..') else relative


def read_results(name):
    hits, unsure, units, included = {}, {}, {}, set()
    with open(name, encoding='utf-8', errors='surrogateescape') as stream:
        for line in stream:
            item = json.loads(line)
            if 'unit' in item:
                # Compiled in several ways, it has to be read in each.
                units[item['unit']] = units.get(item['unit']) or item['error']
            elif 'header' in item:
                included.add(item['header'])
            else:
                key = (item['file'], item['line'], item['column'], item['expression'])
                (unsure if item.pop('unsure', False) else hits).setdefault(key, item)
    return ([hits[k] for k in sorted(hits)], [unsure[k] for k in sorted(unsure) if k not in hits],
            units, included)


def source_line(path, number):
    with open(path, encoding='utf-8', errors='replace') as stream:
        for i, line in enumerate(stream, 1):
            if i == number:
                return line.rstrip('\n')
    return ''


def message(hit):
    line = source_line(hit['file'], hit['line'])
    when = 'always sets bits 63..32' if hit['values'] == 'always' else \
        f"sets bits 63..32 where {hit['values']}"
    margin = ''.join('\t' if c == '\t' else ' ' for c in line[:hit['column'] - 1])
    return (f"{short(hit['file'])}:{hit['line']}:{hit['column']}: warning: "
            f"'{hit['expression']}' is an int; widened to '{hit['widened_to']}' "
            f"it {when}\n"
            f"{line}\n{margin}^\n{margin}fix: {hit['fix']}")


def patch(hits):
    """All edits, as one patch for `patch -p1` or git apply."""
    edits = collections.defaultdict(set)
    for hit in hits:
        edits[hit['file']].update((offset, text) for offset, text in hit['edits'])
    out = []
    for path in sorted(edits):
        with open(path, 'rb') as stream:
            old = stream.read()
        new = old
        for offset, text in sorted(edits[path], reverse=True):
            new = new[:offset] + text.encode() + new[offset:]
        lines = [t.decode('utf-8', 'surrogateescape').splitlines(True) for t in (old, new)]
        name = short(path).lstrip('/')
        out += difflib.unified_diff(*lines, 'a/' + name, 'b/' + name)
    return ''.join(line if line.endswith('\n') else line + '\n\\ No newline at end of file\n'
                   for line in out)


def main():
    # A name is whatever bytes it is.
    sys.stdout.reconfigure(errors='surrogateescape')
    sys.stderr.reconfigure(errors='surrogateescape')
    units_name, results_name, json_name, patch_name = sys.argv[1:5]
    hits, unsure, units, included = read_results(results_name)
    with open(units_name, encoding='utf-8', errors='surrogateescape') as stream:
        asked = [line.split('\t')[1].rstrip('\n') for line in stream]
    # And what could not even be tried.
    asked = list(dict.fromkeys(asked + list(units)))
    text = patch(hits)
    with open(patch_name, 'w', encoding='utf-8', errors='surrogateescape') as stream:
        stream.write(text)
    if '--fix' in sys.argv:
        sys.stdout.buffer.write(text.encode('utf-8', 'surrogateescape'))
    else:
        for hit in hits:
            print(message(hit))
    for hit in hits:
        del hit['edits']
        hit['file'] = short(hit['file'])
    with open(json_name, 'w', encoding='utf-8') as stream:
        json.dump(hits, stream, indent=1)
        stream.write('\n')

    # A .c file that others include need not stand alone, and no header needs to.
    bad = [u for u in asked if units.get(u, '') is not None]
    alone = [u for u in bad if u.endswith('.h') and u not in sys.argv]
    failed = [u for u in bad if u not in alone and
              (u in sys.argv or os.path.realpath(u) not in included)]
    parsed = len(asked) - len(failed) - len(alone)
    for unit in failed if parsed else failed + alone:
        print(f"{short(unit)}: not parsed whole: {units.get(unit, 'the parser died')}", file=sys.stderr)
    if failed:
        print('what was not parsed whole was not looked at whole: a compile_commands.json in its '
              'folder or above it says how it is compiled', file=sys.stderr)
    for item in unsure:
        print(f"{short(item['file'])}:{item['line']}:{item['column']}: cannot tell: how far "
              f"'{item['expression']}' shifts, widened to '{item['widened_to']}'", file=sys.stderr)
    headers = f', {len(alone)} headers that do not stand alone' if alone else ''
    print(f'{parsed} files parsed, {len(failed)} not whole{headers}, {len(hits)} hits, '
          f'{len(unsure)} that cannot be told', file=sys.stderr)
    sys.exit(1 if hits else 4 if failed or not parsed else 0)


if __name__ == '__main__':
    try:
        main()
    except BrokenPipeError:
        # Whoever read it has seen enough.
        os._exit(1)
    except Exception:  # pylint: disable=broad-except
        # Python's own status for it is 1, which says that there are hits.
        traceback.print_exc()
        sys.exit(3)
