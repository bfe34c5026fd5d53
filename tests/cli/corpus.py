# SPDX-License-Identifier: MIT
"""Inputs of the generic test: Japanese documents and pages of our own writing, the same on every machine.

A maker returns an Input for a size: `small` for the many cases that look at single records, `large` (some
blocks of the runner) for those that look at threads and pipes.
"""
import collections
import ctypes
import ctypes.util
import gzip
import json
import random
import shutil
import subprocess

SEED = 20261122
SMALL, LARGE = 12, 1200  # documents; the large input makes a few blocks of the runner

Input = collections.namedtuple('Input', 'data ids records')  # bytes, list of str, list of bytes (LF included)

KANA = 'アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロワン'
PLACES = 'の町 の村 の市場 図書館 駅前の広場 の工場 島の学校 の農園'.split()
PEOPLE = '若い職人 元船長の祖父 となりの先生 新米の記者 村の医者 パン屋の主人 夜勤の看護師'.split()
THINGS = '手書きの地図 こわれた時計 木の舟 ラジオの部品 祭りの太鼓 二百年前の帳簿 みかんの苗 精米機'.split()
DEEDS = ['ゆっくりと直し始めた', '誰にも言わずに売ってしまった', '子どもたちに見せて回った',
         '毎朝ていねいに磨いている', '雨の日にだけ使うことにした', '写真に撮って新聞に送った']
WHYS = ['というのも、前の年の大雨で倉庫が水に浸かったからである', 'その理由は、いまだに分からない',
        'なぜなら、約束の日が三日後に迫っていたためだ', 'もっとも、本人は少しも気にしていなかった',
        '費用は１２万円ほどだったと、あとで聞いた', 'それは「無駄なこと」ではなく、町に必要な仕事だった']
ENDS = ['。', '。', '。', '！', '……。']


def place(chance):
    """A name of its own, so that two documents share few shingles unless they are meant to."""
    return ''.join(chance.choice(KANA) for _ in range(chance.randrange(3, 7))) + chance.choice(PLACES)


def sentence(chance):
    """One sentence; the shapes vary, so that near-duplicates come only where they are wanted."""
    pick = chance.choice
    number = chance.randrange(2, 1000)
    return pick([
        f'{place(chance)}で、{pick(PEOPLE)}は{pick(THINGS)}を{pick(DEEDS)}{pick(ENDS)}',
        f'{pick(PEOPLE)}が{place(chance)}へ着いたのは、午後{number % 12}時をすぎたころだった。',
        f'{place(chance)}の話に戻る。{pick(WHYS)}。',
        f'{pick(THINGS)}は全部で{number}個あり、{pick(PEOPLE)}が数えた。',
        f'{place(chance)}では、{number}人のうち{number // 2}人が{pick(THINGS)}を知っていた。'])


def text_of(chance, sentences):
    paragraphs = []
    while sentences > 0:
        n = chance.randrange(2, 6)
        paragraphs.append(''.join(sentence(chance) for _ in range(n)))
        sentences -= n
    return '\n'.join(paragraphs)


def line_of(document, ascii_only=False):
    return json.dumps(document, ensure_ascii=ascii_only).encode() + b'\n'


def document_list(count, seed=SEED):
    """Documents with string ids; a few repeat an earlier text, some are very short, some carry more fields."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        text = text_of(chance, chance.randrange(12, 60))
        if number % 11 == 7:
            text = made[number - 4]['text']
        if number % 13 == 5:
            text = 'はい'
        document = {'id': f'doc-{number:05d}', 'text': text}
        if number % 3 == 0:
            document['metadata'] = {'url': f'https://example.jp/{number}', 'title': 'お知らせ'}
        if number % 5 == 0:
            document['score'] = number / 8
        made.append(document)
    return made


def documents(size):
    made = document_list(LARGE if size == 'large' else SMALL)
    records = [line_of(document) for document in made]
    return Input(b''.join(records), [document['id'] for document in made], records)


def ids(size):
    """Documents whose text is a list of token ids (what encode writes); bytes are the only safe tokens."""
    chance = random.Random(SEED)
    made = [{'id': f'doc-{n:05d}', 'ids': [chance.randrange(100, 300) for _ in range(200)]}
            for n in range(LARGE if size == 'large' else SMALL)]
    records = [line_of(document) for document in made]
    return Input(b''.join(records), [document['id'] for document in made], records)


PAGE = '''<!DOCTYPE html>
<html lang="ja"><head>{meta}<title>{title}</title><script>var x = "<p>消える</p>";</script></head>
<body><nav><a href="/">ホーム</a> <a href="/a">記事一覧</a></nav>
<main><h1>{title}</h1>
{paragraphs}
</main><footer><a href="/about">会社案内</a></footer></body></html>
'''
CHARSETS = ['utf-8', 'shift_jis', 'euc-jp']


def warc_record(number, page, charset):
    uuid = f'00000000-0000-4000-8000-{number:012d}'
    body = (b'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=' + charset.encode()
            + b'\r\nContent-Length: ' + str(len(page)).encode() + b'\r\n\r\n' + page)
    head = (f'WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{uuid}>\r\n'
            f'WARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: https://example.jp/{number}.html\r\n'
            'Content-Type: application/http; msgtype=response\r\n'
            f'Content-Length: {len(body)}\r\n\r\n')
    return uuid, head.encode() + body + b'\r\n\r\n'


def pages(size):
    """A WARC of HTML pages in three encodings."""
    chance = random.Random(SEED)
    made = []
    for number in range(LARGE // 3 if size == 'large' else SMALL):
        charset = CHARSETS[number % len(CHARSETS)]
        paragraphs = ''.join(f'<p>{text_of(chance, 5)}</p>\n' for _ in range(chance.randrange(4, 12)))
        page = PAGE.format(meta=f'<meta charset="{charset}">', title='町の記録', paragraphs=paragraphs)
        if number % 7 == 3:
            page = page.split('<body>')[0]  # nothing to extract
        made.append(warc_record(number, page.encode(charset, 'xmlcharrefreplace'), charset))
    return Input(b''.join(record for _, record in made), [uuid for uuid, _ in made],
                 [record for _, record in made])


MAKERS = {'documents': documents, 'ids': ids, 'pages': pages}

# ---- records that are no documents: (kind in --stats, record without its LF) --------------------

FAULTS = [
    ('bad-json', b'{"id":"x","text":"a"'),
    ('bad-json', b'{"id":"x","text":"a",}'),
    ('bad-json', b'{"id":"x","text":"a"} x'),
    ('bad-json', b'{"id":"x","text":"a"}{"id":"y","text":"b"}'),
    ('bad-json', b'{"id":"x" "text":"a"}'),
    ('bad-json', b'{id:"x","text":"a"}'),
    ('bad-json', b"{'id':'x','text':'a'}"),
    ('bad-json', b'{"id":"x","text":"a\tb"}'),
    ('bad-json', b'{"id":"x","text":"\\x41"}'),
    ('bad-json', b'{"id":"x","text":"\\u12"}'),
    ('bad-json', b'{"id":"x","text":"a","n":01}'),
    ('bad-json', b'{"id":"x","text":"a","n":1.}'),
    ('bad-json', b'{"id":"x","text":"a","n":NaN}'),
    ('bad-json', b'{"id":"x","text":"a","n":True}'),
    ('bad-json', b'{"id":"x","text":"a","n":[1,2}'),
    ('bad-utf8', b'{"id":"x","text":"\xe3\x81"}'),
    ('bad-utf8', b'{"id":"x","text":"\x82\xa0"}'),
    ('bad-utf8', b'{"id":"x","text":"\xc0\xaf"}'),
    ('bad-utf8', b'{"id":"x","text":"\xed\xa0\x80"}'),
    ('bad-utf8', b'{"id":"x","text":"\xf4\x90\x80\x80"}'),
    ('bad-utf8', b'{"id":"\xff","text":"a"}'),
    ('lone-surrogate', b'{"id":"x","text":"\\ud83d"}'),
    ('lone-surrogate', b'{"id":"x","text":"\\udc00\\ud83d"}'),
    ('lone-surrogate', b'{"id":"x","text":"a","more":"\\ud800a"}'),
    ('duplicate-key', b'{"id":"x","text":"a","text":"b"}'),
    ('duplicate-key', b'{"id":"x","text":"a","\\u0069d":"y"}'),
    ('duplicate-key', b'{"id":"x","text":"a","metadata":{"k":1,"k":2}}'),
    ('too-deep', b'{"id":"x","text":"a","deep":' + b'[' * 512 + b']' * 512 + b'}'),
    ('not-an-object', b'[1,2,3]'),
    ('not-an-object', b'"text"'),
    ('not-an-object', b'17'),
    ('not-an-object', b'null'),
    ('not-an-object', b'plain words'),
    ('no-text', b'{"id":"x"}'),
    ('no-text', b'{}'),
    ('bad-text', b'{"id":"x","text":null}'),
    ('bad-text', b'{"id":"x","text":["a"]}'),
    ('bad-messages', b'{"id":"x","messages":"a"}'),
    ('bad-messages', b'{"id":"x","messages":[{"role":"user"}]}'),
    ('bad-messages', b'{"id":"x","messages":[{"role":"user","content":1}]}'),
    ('bad-metadata', b'{"id":"x","text":"a","metadata":[]}'),
    ('bad-metadata', b'{"id":"x","text":"a","metadata":"m"}'),
    ('bad-id', b'{"id":["x"],"text":"a"}'),
]

DEEPEST = '{"id":"deep","text":"深いところ","deep":'.encode() + b'[' * 511 + b']' * 511 + b'}\n'


# ---- the end record ------------------------------------------------------------------------------

class Hash128(ctypes.Structure):
    _fields_ = [('low', ctypes.c_uint64), ('high', ctypes.c_uint64)]


def xxh3(data):
    """XXH3-128 in hex by the system's xxHash library; None where there is none."""
    name = ctypes.util.find_library('xxhash')
    if not name:
        return None
    function = ctypes.CDLL(name).XXH3_128bits
    function.restype, function.argtypes = Hash128, [ctypes.c_char_p, ctypes.c_size_t]
    value = function(data, len(data))
    return f'{value.high:016x}{value.low:016x}'


# ---- compression ---------------------------------------------------------------------------------

def gz(data, members=3):
    """gzip of several members, as block compressors write it."""
    step = max(1, -(-len(data) // members))
    return b''.join(gzip.compress(data[at:at + step], mtime=0)
                    for at in range(0, max(1, len(data)), step))


def zst(data, frames=3):
    step = max(1, -(-len(data) // frames))
    return b''.join(piped(['zstd', '-q', '-c'], data[at:at + step])
                    for at in range(0, max(1, len(data)), step))


def bz2(data):
    return piped(['bzip2', '-c'], data)


def piped(command, data):
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def plain_of(name, data):
    """The content of an output by its name's ending, undone by the standard tools."""
    undo = {'.gz': ['gzip', '-dc'], '.zst': ['zstd', '-q', '-dc']}
    command = next((c for ending, c in undo.items() if name.endswith(ending)), None)
    return piped(command, data) if command else data


def has_tools():
    return all(shutil.which(tool) for tool in ('zstd', 'bzip2', 'gzip'))
