# SPDX-License-Identifier: GPL-2.0-only
"""The compiler's arguments for a file whose build nobody recorded."""
import functools
import os
import re

# Folders of other architectures than this one, and how clang calls those.
ARCH = {'arm64': 'aarch64-linux-gnu', 'aarch64': 'aarch64-linux-gnu',
        'riscv': 'riscv64-linux-gnu', 's390': 's390x-linux-gnu', 's390x': 's390x-linux-gnu',
        'loongarch': 'loongarch64-linux-gnu', 'powerpc': 'powerpc64le-linux-gnu'}
USER_SPACE = ('tools/', 'samples/', 'scripts/', 'usr/', 'Documentation/')
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)


def is_user_space(relative):
    return relative.startswith(USER_SPACE)


def top_of(path):
    """The project that @path belongs to: its git repository, or its folder."""
    folder = os.path.dirname(path)
    for _ in range(8):
        if os.path.exists(os.path.join(folder, '.git')):
            return folder
        folder = os.path.dirname(folder)
    folder = os.path.dirname(path)
    while folder != '/' and os.path.isdir(os.path.join(os.path.dirname(folder), 'include')):
        folder = os.path.dirname(folder)
    return folder


@functools.lru_cache(None)
def headers(top):
    """All headers below @top, by their last name."""
    found = {}
    for folder, folders, names in os.walk(top):
        folders[:] = [f for f in folders if not f.startswith('.')]
        for name in names:
            if name.endswith('.h'):
                found.setdefault(name, []).append(os.path.join(folder, name))
    return found


@functools.lru_cache(None)
def included(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as stream:
            return INCLUDE.findall(stream.read())
    except OSError:
        return []


def shared(a, b):
    """How many folders two paths have in common."""
    return len(os.path.commonpath([a, b]).split('/'))


def search_path(path, top, known):
    """-I folders in which all that @path includes, headers too, is found."""
    folders, queue, seen = [], [path], set()
    while queue:
        current = queue.pop()
        if current in seen:
            continue
        seen.add(current)
        for name in included(current):
            places = [os.path.join(f, name) for f in [os.path.dirname(current)] + known + folders]
            hit = next((p for p in places if os.path.exists(p)), None)
            if not hit:
                ends = [h for h in headers(top).get(os.path.basename(name), [])
                        if h.endswith('/' + name)]
                if not ends or os.path.exists('/usr/include/' + name):
                    continue
                hit = max(ends, key=lambda h: shared(h, path))
                folders.append(hit[:-len(name) - 1])
            queue.append(os.path.normpath(hit))
    return folders


def target(relative):
    for part in relative.split('/')[:-1]:
        if part in ARCH:
            # No cross compiler's headers: this machine's will do to read it.
            return part, ['--target=' + ARCH[part], '-idirafter/usr/include/x86_64-linux-gnu']
    return 'x86', []


def as_options(folders):
    return ['-I' + f for f in folders if os.path.isdir(f)]


def plain(path, top):
    known = [os.path.dirname(path), top, os.path.join(top, 'include')]
    return ['-w', '-std=gnu11', '-D_GNU_SOURCE'] + as_options(known + search_path(path, top, known)) + \
        target(os.path.relpath(path, top))[1]


def tools(path, kernel, output):
    """User space in a kernel tree: tools/testing/selftests and the like."""
    relative = os.path.relpath(path, kernel)
    parts = relative.split('/')
    top = os.path.join(kernel, *parts[:4 if relative.startswith('tools/testing/selftests/') else 2])
    if not os.path.isdir(top):
        top = os.path.dirname(path)
    arch, options = target(relative)
    own = {'x86': ['x86', 'x86_64'], 'arm64': ['arm64', 'aarch64'], 's390': ['s390', 's390x'],
           'aarch64': ['arm64', 'aarch64'], 's390x': ['s390', 's390x']}.get(arch, [arch])
    # In the order of upstream's own Makefiles: tools/include has types of its own.
    known = [kernel + '/tools/include']
    known += [f'{kernel}/tools/arch/{a}/include' for a in own]
    known += [output + '/usr/include', os.path.join(top, 'include')]
    known += [os.path.join(top, 'include', a) for a in own]
    known += [os.path.dirname(path), top, os.path.dirname(top)]
    known += [kernel + '/tools/lib', kernel + '/tools/include/uapi']
    known += [f'{kernel}/tools/arch/{a}/include/uapi' for a in own]
    known = [f for f in known if os.path.isdir(f)]
    return ['-w', '-std=gnu11', '-D_GNU_SOURCE'] + \
        as_options(known + search_path(path, top, known)) + options


@functools.lru_cache(None)
def makefile_options(folder, kernel, output):
    """What the Makefiles of @folder and above it add for the compiler."""
    options, where = [], folder
    while len(where) > len(kernel):
        for name in ('Makefile', 'Kbuild'):
            try:
                with open(os.path.join(where, name), encoding='utf-8', errors='replace') as stream:
                    text = stream.read().replace('\\\n', ' ')
            except OSError:
                continue
            text = text.replace('$(srctree)/$(src)', where).replace('$(srctree)', kernel)
            text = text.replace('$(src)', where).replace('$(objtree)', output)
            text = text.replace('$(obj)', os.path.join(output, os.path.relpath(where, kernel)))
            for line in re.findall(r'^\s*(?:subdir-)?ccflags\S*\s*[:+]?=(.*)$|^\s*CFLAGS_\S+\s*[:+]?=(.*)$',
                                   text, re.M):
                words = re.sub(r'-I\s+', '-I', ' '.join(line)).split()
                options += [w if not w.startswith('-I') or w[2:3] == '/' else f'-I{kernel}/{w[2:]}'
                            for w in words if re.match(r'-[ID][^$]*$', w)]
        where = os.path.dirname(where)
    return options


@functools.lru_cache(None)
def kernel_wide(kernel):
    with open(os.path.join(kernel, 'Makefile'), encoding='utf-8') as stream:
        text = stream.read()
    wanted = {'-funsigned-char': '-funsigned-char', '-fms-extensions': 'MS_EXTENSIONS'}
    return [option for option, word in wanted.items() if word in text or option in text]


def kernel(path, root, output):
    relative = os.path.relpath(path, root)
    arch = relative.split('/')[1] if relative.startswith('arch/') else 'x86'
    name = os.path.basename(path)[:-2].replace('-', '_')
    folders = [f'{root}/arch/{arch}/include', f'{output}/arch/{arch}/include/generated',
               f'{root}/include', f'{output}/include', f'{root}/arch/{arch}/include/uapi',
               f'{output}/arch/{arch}/include/generated/uapi', f'{root}/include/uapi',
               f'{output}/include/generated/uapi', os.path.dirname(path),
               os.path.join(output, os.path.dirname(relative))]
    first = ['compiler-version.h', 'kconfig.h', 'compiler_types.h']
    options = ['-w', '-nostdinc', '-std=gnu11', '-fshort-wchar', '-D__KERNEL__', '-DCC_USING_FENTRY',
               f'-DKBUILD_MODNAME="{name}"', f'-DKBUILD_BASENAME="{name}"',
               f'-DKBUILD_MODFILE="{name}"', f'-D__KBUILD_MODNAME=kmod_{name}']
    options += kernel_wide(root) + as_options(folders)
    for header in first:
        if os.path.exists(f'{root}/include/linux/{header}'):
            options += ['-include', f'{root}/include/linux/{header}']
    return options + makefile_options(os.path.dirname(path), root, output)
