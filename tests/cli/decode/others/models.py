# Writes small tokenizers in the formats of others. SPDX-License-Identifier: MIT
import base64
import json
import struct


def varint(n):
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def number(key, value):
    return varint(key << 3) + varint(value)


def piece(string, score, kind=1):
    return field(1, field(1, string.encode()) + varint(2 << 3 | 5) + struct.pack('<f', score) + number(3, kind))


PIECES = [('<unk>', 0, 2), ('<s>', 0, 3), ('</s>', 0, 3), *((f'<0x{b:02X}>', 0, 6) for b in range(256)),
          ('▁', -4), ('a', -1), ('b', -2), ('ab', -2.5), ('東京', -3), ('東', -5), ('京', -6)]
for name, kind in (('unigram', 1), ('bpe', 2)):
    with open(name + '.model', 'wb') as file:
        file.writelines(piece(*entry) for entry in PIECES)
        file.write(field(2, number(3, kind) + number(35, 1)) + field(3, number(4, 0)))
with open('ranks.tiktoken', 'wb') as file:
    file.writelines(base64.b64encode(word) + b' %d\n' % rank
                    for rank, word in enumerate([*(bytes([b]) for b in range(256)), b'ab', 'ア東'.encode()[:-1], b' a']))
steps = [{'type': 'Prepend', 'prepend': '▁'}, {'type': 'Replace', 'pattern': {'String': ' '}, 'content': '▁'}]
with open('marks.json', 'w', encoding='utf-8') as file:
    json.dump({'normalizer': {'type': 'Sequence', 'normalizers': steps},
               'decoder': {'type': 'Strip', 'content': ' ', 'start': 1, 'stop': 0},
               'model': {'type': 'BPE', 'unk_token': '<unk>', 'fuse_unk': True,
                         'vocab': {'<unk>': 0, '▁': 1, 'a': 2, 'b': 3, '▁a': 4, '▁ab': 5, '京': 6},
                         'merges': [['▁', 'a'], ['▁a', 'b']]}}, file)
