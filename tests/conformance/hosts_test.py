#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hosts of URLs against Ada, the URL parser of Node.js (PyPI: ada-url), on combinations of every oddity.

    hosts_test.py [--build DIR] [--seed N]

The same host, or both refuse. Where Ada keeps a host that DNS cannot have (an empty label, ~ or !), ours refuses it.
"""
import argparse
import ctypes
import ipaddress
import os
import random
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMES = ['http://', 'https://', 'HTTP://']
USERS = ['', 'u@', 'u:p@', 'a@b@', '@']
PORTS = ['', ':', ':80', ':8080', ':0', ':65535', ':65536', ':99999999', ':8a']
RESTS = ['', '/', '/a/b', '?q=1', '#f', '\\x', '/a@b', '?a@b:c', '/:80']
HOSTS = '''example.com EXAMPLE.co.jp 日本語.jp ｅｘａｍｐｌｅ。ｊｐ xn--wgv71a119e.jp 192.0.2.7 0300.0.2.7 0xC0.0x2 3221225991
    1.2.3.4.5 256.1.1.1 [2001:db8::1] [::] [1:2:3:4:5:6:7:8] [1::2::3] [::ffff:1.2.3.4] [::1.2.3.4:1] [1:2] a_b.c a-.b -a.b
    a..b .a a. %61%2e%62 %zz ba<d ß.de faß.de ÅNGSTRÖM.com é.fr ①.jp ドメイン.テスト はじめよう.みんな xn--a.jp 1.2.3 1.2.3.
    0x.1 09.1.1.1 a.0x1 foo.1 foo.09 foo.0x'''.split() + ['a b', '', 'a\u200db.jp']
LETTERS = 'aA0.-_%é日。1x[:]@ ~!'


class Span(ctypes.Structure):
    _fields_ = [('p', ctypes.c_char_p), ('n', ctypes.c_size_t)]


class Url(ctypes.Structure):
    _fields_ = [('host', ctypes.c_char * 254), ('n', ctypes.c_size_t), ('kind', ctypes.c_int), ('port', ctypes.c_int),
                ('rest', Span)]


def ours(library, text):
    url, encoded = Url(), text.encode()
    found = library.sm_url_parse(Span(encoded, len(encoded)), url)
    return url.host[:url.n].decode() if found else None


def theirs(ada_url, text):
    try:
        host = ada_url.URL(text).hostname
    except ValueError:
        return None
    if host.startswith('['):
        groups = ipaddress.ip_address(host[1:-1]).exploded.split(':')
        return '[' + ':'.join('%x' % int(group, 16) for group in groups) + ']'
    host = host[:-1] if host.endswith('.') else host
    return host if all(re.fullmatch('[a-z0-9_-]{1,63}', label) for label in host.split('.')) else None


def make(random):
    host = random.choice(HOSTS)
    if random.random() < .2:
        host = ''.join(random.choice(LETTERS) for _ in range(random.randint(1, 8)))
    return ''.join(map(random.choice, (SCHEMES, USERS))) + host + ''.join(map(random.choice, (PORTS, RESTS)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default=os.environ.get('SEIMAI_BUILD', os.path.join(ROOT, 'build', 'gcc')))
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    path = os.path.join(args.build, 'libseimai.so')
    try:
        import ada_url
    except ImportError:
        print('skipped: no ada-url')
        return 77
    if not os.path.exists(path):
        print('skipped: this build has no shared library')
        return 77
    library = ctypes.CDLL(path)
    library.sm_url_parse.argtypes = [Span, ctypes.POINTER(Url)]
    library.sm_url_parse.restype = ctypes.c_bool
    source, wrong, n, found = random.Random(args.seed), 0, 60000, 0
    for _ in range(n):
        text = make(source)
        a, b = ours(library, text), theirs(ada_url, text)
        found += b is not None
        if a != b:
            wrong += 1
            print(f'{text!r}: {a}, Ada has {b}')
    print(f'{"not ok" if wrong else "ok"} {n} URLs, {found} with a host, {wrong} differ')
    return 1 if wrong or found < n / 4 else 0


if __name__ == '__main__':
    sys.exit(main())
