#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes dicts/pii/municipalities.tsv and dicts/pii/town-kana.txt from the postal code list.

    municipalities.py SKK-JISYO.zipcode DICTS/pii

The list is Japan Post's, which claims no right in it, as the Debian package skkdic-extra carries it: one
`1000001 /東京都千代田区千代田/` a line, in EUC-JP. The names are facts: prefecture, county, municipality, ward.
"""
import collections
import re
import sys

PREFECTURE = re.compile('東京都|北海道|京都府|大阪府|.{2,3}?県')
# A name that holds 市, 町 or 村 before its last character would be cut too early.
MUNICIPALITY = re.compile(
    '(?:大和郡山|郡山|郡上|蒲郡|小郡)市'
    '|(?:余市|高市|[^市]{1,4}?)郡(?:玉村町|大町町|余市町|村田町|下市町|市川町|.{1,6}?[町村])'
    '|(?:四日市|廿日市|野々市|十日町|大町|町田|村上|村山|東村山|武蔵村山|田村|羽村|大村|市川|市原|.{1,6}?)市'
    '(?:[^市町村]{1,5}?区)?'
    '|.{1,4}?区|.{1,6}?[町村]')
ISLAND = re.compile('(?:三宅|八丈)島')
DESIGNATED = set('札幌 仙台 さいたま 千葉 横浜 川崎 相模原 新潟 静岡 浜松 名古屋 京都 大阪 堺 神戸 岡山 広島 '
                 '北九州 福岡 熊本'.split())
# Particles would let sentences pass for names of towns.
PARTICLES = {'は', 'を', 'に', 'で', 'へ', 'と', 'も', 'から', 'まで', 'より', 'では', 'には', 'にて'}


def cut(address):
    """(prefecture, municipality, town)"""
    prefecture = PREFECTURE.match(address)
    rest = address[prefecture.end():]
    found = MUNICIPALITY.match(rest).group()
    city = re.match('(.+市)(.+区)$', found)
    if city and city.group(1)[:-1] not in DESIGNATED:
        found = city.group(1)
    return prefecture.group(), ISLAND.sub('', found, 1) if found[-1] in '町村' else found, rest[len(found):]


def main():
    places, kana = set(), collections.Counter()
    with open(sys.argv[1], encoding='euc_jp', errors='replace') as lines:
        for line in lines:
            entry = re.match(r'\d{7} /([^/;]+)', line)
            if not entry or not PREFECTURE.match(entry.group(1)):
                continue
            prefecture, municipality, town = cut(entry.group(1))
            places.add((prefecture, municipality))
            kana.update(re.findall('[ぁ-ん]+', re.split('[(（]', town)[0]))
    with open(sys.argv[2] + '/municipalities.tsv', 'w', encoding='utf-8') as out:
        out.write('# Prefecture and municipality, by src/pii/gen/municipalities.py from the list of postal codes of 2022.\n')
        out.writelines(f'{p}\t{m}\n' for p, m in sorted(places))
    with open(sys.argv[2] + '/town-kana.txt', 'w', encoding='utf-8') as out:
        out.write('# Runs of hiragana in names of towns, by src/pii/gen/municipalities.py.\n')
        out.writelines(f'{run}\n' for run in sorted(set(kana) - PARTICLES))


if __name__ == '__main__':
    main()
