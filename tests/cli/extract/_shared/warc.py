# SPDX-License-Identifier: MIT
"""Writes a WARC to standard output: warc.py [--members] good|faulty."""
import gzip
import sys
import zlib

PAGE = '<title>頁{0}</title><p>これは{0}番目の頁の文であり、読点と句点のある、長い日本語の文章です。</p>'


def record(number, block, kind='response', extra='', length=None):
    head = (f'WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n'
            f'WARC-Target-URI: http://a.example.jp/{number}\r\nWARC-Date: 2026-11-22T00:00:0{number % 10}Z\r\n'
            f'Content-Type: application/http; msgtype={kind}\r\n{extra}'
            f'Content-Length: {len(block) if length is None else length}\r\n\r\n')
    return head.encode() + block + b'\r\n\r\n'


def response(body, headers='Content-Type: text/html; charset=utf-8\r\n', status='200 OK'):
    return f'HTTP/1.1 {status}\r\n{headers}\r\n'.encode() + body


def page(number, codec='utf-8'):
    return PAGE.format(number).encode(codec)


def chunked(body):
    return b'%x\r\n%s\r\n0\r\n\r\n' % (len(body), body)


HTML = 'Content-Type: text/html\r\n'
GOOD = [
    record(0, b'software: x\r\n', 'warcinfo'),
    record(1, response(page(1))),
    record(2, response(page(2, 'cp932'), HTML)),
    record(3, response(chunked(page(3)), HTML + 'Transfer-Encoding: chunked\r\n')),
    record(4, response(gzip.compress(page(4)), HTML + 'Content-Encoding: gzip\r\n')),
    record(5, response(zlib.compress(page(5)), HTML + 'Content-Encoding: deflate\r\n')),
    record(6, b'GET / HTTP/1.1\r\n\r\n', 'request'),
    record(7, response(b'\x89PNG', 'Content-Type: image/png\r\n')),
    record(8, response(page(8), status='404 Not Found')),
    record(9, response('ただの文'.encode('euc_jp'), 'Content-Type: text/plain; charset=euc-jp\r\n')),
]
FAULTY = [
    record(1, response(page(1), HTML + 'Transfer-Encoding: chunked\r\n')),
    record(2, response(chunked(page(2)), HTML)),
    record(3, response(page(3), HTML + 'Content-Encoding: gzip\r\n')),
    record(4, response(gzip.compress(page(4))[:-9], HTML + 'Content-Encoding: gzip\r\n')),
    record(5, response(b'xx', HTML + 'Content-Encoding: br\r\n')),
    record(6, response(page(6)), length=99),
    record(7, response(page(7)), length=9999),
    b'rubbish\r\n',
    record(8, page(8)),
    record(9, response(page(9), 'Content-Type: text/html; charset=shift_jis\r\n')),
    b'WARC/1.0\r\nWARC-Type: response\r\n\r\n',
    record(10, response(page(10)), extra='WARC-Truncated: length\r\n'),
]

records = GOOD if sys.argv[-1] == 'good' else FAULTY
if sys.argv[1] == '--members':
    records = [gzip.compress(r, mtime=0) for r in records]
sys.stdout.buffer.write(b''.join(records))
