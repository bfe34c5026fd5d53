# SPDX-License-Identifier: MIT
"""Invented values for the labelled set: numbers with right check digits, in the widths and separators of real pages.

A slot of a template, {kind:style}, calls the method of its name; it gives parts, a list of (text, label): label is a
kind, None, or "?" for what a tool may take or leave (furigana; a name in a story). The random numbers are our own
(splitmix64), so that every version of Python makes the same set. No value is anybody's: digits are drawn, people and
companies are invented, mail domains are the reserved example ones; which town has which area code and which first
digits of a postal code is general knowledge.
"""

MASK = (1 << 64) - 1


class Random:
    """splitmix64, by G. Steele, D. Lea and C. Flood."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return self.next() % n

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def pick(self, items):
        return items[self.below(len(items))]

    def chance(self, share):
        return self.below(1000) < share * 1000

    def weighted(self, table):
        at = self.below(sum(weight for _, weight in table))
        for item, weight in table:
            at -= weight
            if at < 0:
                return item
        raise AssertionError

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def digits(self, n):
        return ''.join(str(self.below(10)) for _ in range(n))

    def text(self, n, alphabet):
        return ''.join(self.pick(alphabet) for _ in range(n))


# ---- widths and marks ---------------------------------------------------------------------------

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
WIDE[0x20] = 0x3000
HYPHENS = '‐‑–—−－ー'


def wide(text):
    return text.translate(WIDE)


def kanji_number(n):
    """一 … 九十九."""
    digits = '〇一二三四五六七八九'
    tens, ones = divmod(n, 10)
    return ('' if tens == 0 else ('' if tens == 1 else digits[tens]) + '十') + (digits[ones] if ones or n == 0 else '')


UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
LOWER = 'abcdefghijklmnopqrstuvwxyz'
DIGIT = '0123456789'
ALNUM = UPPER + LOWER + DIGIT

# ---- places: prefecture, municipality, area code and first digit of the local number, postal prefix -------

PLACES = [tuple(line.split()) for line in '''
東京都 千代田区 03-3 100|東京都 新宿区 03-5 160|東京都 世田谷区 03-3 154|大阪府 大阪市北区 06-6 530|愛知県 名古屋市中区 052-2 460
京都府 京都市左京区 075-7 606|神奈川県 横浜市西区 045-3 220|北海道 札幌市中央区 011-2 060|宮城県 仙台市青葉区 022-2 980
埼玉県 さいたま市大宮区 048-6 330|福岡県 福岡市博多区 092-4 812|広島県 広島市中区 082-2 730|兵庫県 神戸市灘区 078-8 657
岡山県 岡山市北区 086-2 700|熊本県 熊本市中央区 096-3 860|鹿児島県 鹿児島市 099-2 890|沖縄県 那覇市 098-8 900
静岡県 静岡市葵区 054-2 420|新潟県 新潟市中央区 025-2 950|石川県 金沢市 076-2 920|福井県 福井市 0776-2 910|長野県 松本市 0263-3 390
奈良県 奈良市 0742-3 630|鳥取県 鳥取市 0857-2 680|佐賀県 佐賀市 0952-2 840|宮崎県 宮崎市 0985-2 880|青森県 弘前市 0172-3 036
山形県 米沢市 0238-2 992|茨城県 水戸市 029-2 310|群馬県 前橋市 027-2 371|東京都 武蔵野市 0422-5 180|東京都 八王子市 042-6 192
神奈川県 鎌倉市 0467-2 248|北海道 旭川市 0166-2 070|愛知県 豊橋市 0532-5 440|長野県 北佐久郡軽井沢町 0267-4 389
三重県 四日市市 059-3 510|滋賀県 大津市 077-5 520|香川県 高松市 087-8 760|愛媛県 松山市 089-9 790|大分県 別府市 0977-2 874
埼玉県 所沢市 04-299 359|東京都 三宅島三宅村 04994- 100
東京都 港区 03-6 105|東京都 杉並区 03-3 166|大阪府 大阪市中央区 06-6 540|愛知県 豊田市 0565-3 471|京都府 京都市中京区 075-2 604
神奈川県 川崎市中原区 044-7 211|北海道 札幌市豊平区 011-8 062|千葉県 千葉市美浜区 043-2 261|福岡県 福岡市早良区 092-8 814
兵庫県 神戸市中央区 078-3 650|兵庫県 姫路市 079-2 670|岡山県 倉敷市 086-4 710|広島県 福山市 084-9 720|長崎県 長崎市 095-8 850
沖縄県 石垣市 0980-8 907|静岡県 浜松市中央区 053-4 430|静岡県 沼津市 055-9 410|富山県 富山市 076-4 930|長野県 長野市 026-2 380
山梨県 甲府市 055-2 400|岐阜県 岐阜市 058-2 500|三重県 津市 059-2 514|和歌山県 和歌山市 073-4 640|島根県 松江市 0852-2 690
山口県 山口市 083-9 753|徳島県 徳島市 088-6 770|高知県 高知市 088-8 780|福岡県 久留米市 0942-3 830|長崎県 佐世保市 0956-2 857
岩手県 盛岡市 019-6 020|秋田県 秋田市 018-8 010|福島県 会津若松市 0242-2 965|栃木県 宇都宮市 028-6 320|東京都 三鷹市 0422-4 181
東京都 町田市 042-7 194|神奈川県 藤沢市 0466-2 251|神奈川県 小田原市 0465-3 250|北海道 函館市 0138-2 040|大阪府 高槻市 072-6 569
大阪府 堺市堺区 072-2 590|兵庫県 宝塚市 0797-7 665|千葉県 柏市 04-71 277|北海道 釧路市 0154-3 085
'''.replace('\n', '|').split('|') if line]

TOWNS = ('本町 栄町 緑町 桜町 旭町 若葉町 東町 幸町 日の出町 泉町 松原 青葉台 美咲 富士見 南町 北園町 光が丘 朝日が丘 梅ヶ枝町 中央 高砂 '
         '花園町 若松町 新町 山手町 千代田町 白鳥 柳町 清水 桃山台 ひばりが丘 つつじ野 元町 弥生 八幡町 宮前 谷津 西の原').split()
BUILDINGS = ('グリーンハイツ メゾン若葉 コーポさくら 第二ひまわり荘 パークサイド緑 サンライズマンション ドミール東 青葉ビル '
             'ハイツみなみ ヴィラ富士見 Kビル 朝日ビルディング シティコート南 県営旭団地').split()

FAMILY = ('山田 やまだ|佐藤 さとう|中村 なかむら|小林 こばやし|加藤 かとう|吉田 よしだ|松本 まつもと|井上 いのうえ|清水 しみず|山崎 やまざき|'
          '森 もり|橋本 はしもと|石川 いしかわ|小川 おがわ|岡田 おかだ|藤井 ふじい|三浦 みうら|原田 はらだ|中島 なかじま|和田 わだ|'
          '長谷川 はせがわ|今井 いまい|大野 おおの|菅原 すがわら|久保田 くぼた|田村 たむら|武田 たけだ|野口 のぐち|五十嵐 いがらし|西 にし|'
          '鈴木 すずき|高橋 たかはし|田中 たなか|伊藤 いとう|渡辺 わたなべ|斎藤 さいとう|木村 きむら|林 はやし|池田 いけだ|阿部 あべ|'
          '山下 やました|前田 まえだ|後藤 ごとう|近藤 こんどう|村上 むらかみ|遠藤 えんどう|青木 あおき|坂本 さかもと|福田 ふくだ|太田 おおた|'
          '藤原 ふじわら|松田 まつだ|佐々木 ささき|上野 うえの|杉山 すぎやま|千葉 ちば|工藤 くどう|小野寺 おのでら|東 あずま|関 せき')
GIVEN = ('太郎 たろう|花子 はなこ|健一 けんいち|美咲 みさき|翔太 しょうた|陽子 ようこ|大輔 だいすけ|裕子 ゆうこ|誠 まこと|さくら さくら|'
         '拓也 たくや|真由美 まゆみ|浩 ひろし|愛 あい|直樹 なおき|恵 めぐみ|隆 たかし|結衣 ゆい|正雄 まさお|千尋 ちひろ|'
         '一郎 いちろう|由美子 ゆみこ|剛 つよし|久美子 くみこ|蓮 れん|葵 あおい|英樹 ひでき|明美 あけみ|亮 りょう|みどり みどり|'
         '和夫 かずお|智子 ともこ|学 まなぶ|里奈 りな|修 おさむ|典子 のりこ|悠斗 ゆうと|綾香 あやか|茂 しげる|ひかり ひかり')
FOREIGN = ['マイケル・ブラウン', 'アンナ・シュミット', 'グエン・ティ・ラン', 'ジョン・カーター', 'マリア・ロペス', 'リー・ウェイ']
COMPANIES = ('株式会社あおぞら商事 みなと食品株式会社 有限会社山吹工務店 東都メディカル株式会社 ひばり出版 合同会社リンドウ 若草クリニック '
             'NPO法人まちの窓 光陽電機製作所 さつき不動産 株式会社ノースウィンド 白樺幼稚園 つばめ運輸 花水木学園 むらさき書房').split()
BANKS = 'あけぼの銀行 みずき銀行 東都銀行 さざなみ信用金庫 北辰銀行 ひかり労働金庫 富士見信用組合'.split()
BRANCHES = '本店 駅前支店 中央支店 南支店 緑が丘支店 営業部 市役所前支店 大通支店'.split()
PLATE_PLACES = '品川 練馬 足立 横浜 川崎 大宮 千葉 名古屋 なにわ 神戸 京都 札幌 仙台 広島 福岡 熊本 富士山 つくば 湘南 相模 沖縄 長野'.split()
PLATE_KANA = 'さすせそたちつてとなにぬねのはひふほまみむめもやゆらりるろ'
SITES = ['https://www.example.jp/', 'https://shop.example.com/item/', 'http://blog.example.net/archives/', 'https://example.org/news/']
ERAS = [('明治', 'M', (1868, 1, 25)), ('大正', 'T', (1912, 7, 30)), ('昭和', 'S', (1926, 12, 25)), ('平成', 'H', (1989, 1, 8)),
        ('令和', 'R', (2019, 5, 1))]

# ---- check digits ---------------------------------------------------------------------------------


def weighted_sum(digits, weights):
    return sum(int(digit) * weight for digit, weight in zip(digits, weights))


def luhn(digits):
    """The digit that completes them."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if i % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def my_number(eleven):
    rest = weighted_sum(eleven, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return eleven + str(0 if rest <= 1 else 11 - rest)


def licence(ten, reissues):
    rest = weighted_sum(ten, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
    return ten + str((11 - rest) % 10) + str(reissues)


def corporate(twelve):
    total = sum(int(digit) * (1 if i % 2 == 0 else 2) for i, digit in enumerate(reversed(twelve)))
    return str(9 - total % 9) + twelve


def ean(digits):
    total = sum(int(digit) * (3 if i % 2 == 0 else 1) for i, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def isbn10(nine):
    rest = -weighted_sum(nine, range(10, 1, -1)) % 11
    return nine + ('X' if rest == 10 else str(rest))


def mrz_check(field):
    value = {c: i for i, c in enumerate(DIGIT + UPPER)}
    return str(sum(value.get(c, 0) * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10)


# ---- the slots ----------------------------------------------------------------------------------------


class Values:
    """Makes values for one document at a time. `half` (0, 1) chooses which people and places may occur."""

    def __init__(self, random, half):
        self.r = random
        family = [entry.split() for entry in FAMILY.split('|')]
        given = [entry.split() for entry in GIVEN.split('|')]
        self.family = family[half::2]
        self.given = given[half::2]
        self.places = PLACES[half::2]
        self.companies = COMPANIES[half::2]
        self.turn()

    def turn(self):
        """Another person at another place: slots of one passage agree with each other."""
        self.place = self.r.pick(self.places)
        self.person = (self.r.pick(self.family), self.r.pick(self.given))

    def slot(self, name, style):
        """The parts of a slot; KeyError for an unknown one."""
        return getattr(self, 'slot_' + name.replace('-', '_'))(style)

    # -- people

    def slot_name(self, style):
        (family, _), (given, _) = self.person = (self.r.pick(self.family), self.r.pick(self.given))
        if style == 'sei':
            text = family
        elif style == 'kata':
            text = self.r.pick(FOREIGN)
        elif style in ('solid', 'spaced'):
            text = family + ('' if style == 'solid' else self.r.pick([' ', '　'])) + given
        else:
            text = family + self.r.weighted([('', 4), (' ', 3), ('　', 3)]) + given
        return [(text, 'name')]

    def slot_kana(self, style):
        (_, family), (_, given) = self.person
        text = family + self.r.pick([' ', '　']) + given
        if style != 'hira':
            text = ''.join(chr(ord(c) + 0x60) if 'ぁ' <= c <= 'ゖ' else c for c in text)
        return [(text, '?')]

    def slot_hist(self, _):
        return [(self.r.pick(self.family)[0] + self.r.pick(self.given)[0], '?')]

    def slot_age(self, style):
        n = self.r.between(18, 92)
        return [((wide(str(n)) if style == 'wide' or self.r.chance(.2) else str(n)) + '歳', 'age')]

    # -- e-mail

    def local_part(self):
        r = self.r
        name = r.pick(['yamada', 'sato', 'nakamura', 'tanaka', 'suzuki', 'kobayashi', 'mori', 'ito'])
        given = r.pick(['taro', 'hanako', 'kenichi', 'misaki', 'yoko', 'makoto', 'rina'])
        return r.pick([f'{given}.{name}', f'{name}-{given[0]}', f'{given[0]}_{name}', f'{given}{r.between(1, 99)}',
                       f'{name}{r.between(1960, 2010)}', f'{given}.{name}+{r.pick(["news", "shop", "2026"])}', 'info',
                       'contact', 'soumu', 'jinji-saiyo', 'support', f'{name}', given, 'webmaster', 'm.' + name])

    def domain(self):
        sub = self.r.weighted([('', 7), ('mail.', 1), ('tokyo.', 1), ('mx2.', 1), ('kyomu.', 1)])
        return sub + self.r.pick(['example.jp', 'example.co.jp', 'example.ne.jp', 'example.or.jp', 'example.ac.jp', 'example.com',
                                  'example.net', 'example.org', 'example.go.jp', 'example.ed.jp', 'example-net.example.jp'])

    def slot_email(self, style):
        r, local, domain = self.r, self.local_part(), self.domain()
        mark = {'star': r.pick('☆★'), 'symbol': r.pick('●＊◎'), 'white-star': '☆', 'black-star': '★', 'ball': '●', 'asterisk': '＊'}
        if style in mark:
            return [(local + mark[style] + domain, 'email')]
        if style == 'at':
            at = r.pick(['(at)', '[at]', '{at}', '［at］', '（at）', ' [at] ', '(アット)', '（アットマーク）', 'アットマーク', '<at>', '(@)', '（＠）'])
            if r.chance(.2):
                domain = domain.replace('.', r.pick(['[dot]', '(dot)', 'ドット', ' [dot] ']))
            return [(local + at + domain, 'email')]
        if style == 'wide' or (style == '' and r.chance(.12)):
            return [(wide(f'{local}@{domain}'), 'email')]
        if style == '' and r.chance(.08):
            return [(f'{local}＠{domain}', 'email')]
        if style == 'upper':
            return [(f'{local}@{domain}'.upper(), 'email')]
        return [(f'{local}@{domain}', 'email')]

    # -- telephone

    def hyphen(self):
        return self.r.weighted([('-', 60), *((mark, 4) for mark in HYPHENS)])

    def fixed_number(self):
        area, first = self.place[2].split('-')
        local = first + self.r.digits(6 - len(area) - len(first)) if first else str(self.r.between(2, 8))
        return area, local, self.r.digits(4)

    def mobile_number(self):
        return self.r.pick(['090', '080', '070']), str(self.r.between(1, 9)) + self.r.digits(3), self.r.digits(4)

    def telephone(self, groups, style):
        r, (a, b, c) = self.r, groups
        if style == 'solid':
            return a + b + c
        if style == 'sep':
            style = r.weighted([('hyphen', 8), ('paren', 2), ('paren-first', 2), ('wide', 3), ('zoo', 2)])
        elif style == '':
            style = r.weighted([('hyphen', 50), ('paren', 8), ('paren-first', 8), ('wide', 12), ('zoo', 8), ('solid', 6),
                                ('dot', 3), ('space', 3), ('wide-solid', 2)])
        mark = self.hyphen() if style == 'zoo' else '-'
        text = {'hyphen': f'{a}-{b}-{c}', 'zoo': f'{a}{mark}{b}{mark}{c}', 'paren': f'{a}({b}){c}', 'paren-first': f'({a}){b}-{c}',
                'dot': f'{a}.{b}.{c}', 'space': f'{a} {b} {c}', 'solid': a + b + c, 'wide-solid': wide(a + b + c),
                'wide': wide(f'{a}-{b}-{c}')}[style]
        if style == 'wide':
            text = text.replace('－', r.pick(['－', '－', 'ー', '−', '‐']))
        if style in ('paren', 'paren-first') and r.chance(.4):
            text = wide(text) if r.chance(.5) else text.replace('(', '（').replace(')', '）')
        return text

    def slot_phone(self, style):
        r = self.r
        if style == 'intl':
            a, b, c = self.fixed_number() if r.chance(.5) else self.mobile_number()
            return [(r.pick([f'+81-{a[1:]}-{b}-{c}', f'+81 {a[1:]} {b} {c}', f'+81({a[0]}){a[1:]}-{b}-{c}', f'+81{a[1:]}{b}{c}',
                             f'＋８１－{wide(a[1:])}－{wide(b)}－{wide(c)}', f'(+81){a[1:]}-{b}-{c}', f'0081-{a[1:]}-{b}-{c}']), 'phone')]
        if style == 'ext':
            return [(self.telephone(self.fixed_number(), 'sep') + f'{r.pick(["　", " "])}内線{r.between(100, 999)}', 'phone')]
        parts = style.split('.')
        kind = parts[0] if parts[0] in ('fixed', 'mobile', 'ip') else r.weighted([('fixed', 6), ('mobile', 4), ('ip', 1)])
        form = parts[-1] if parts[-1] in ('sep', 'solid', 'hyphen') else ''
        groups = {'fixed': self.fixed_number, 'mobile': self.mobile_number,
                  'ip': lambda: ('050', str(r.between(1, 9)) + r.digits(3), r.digits(4))}[kind]()
        return [(self.telephone(groups, form), 'phone')]

    def slot_freephone(self, style):
        r = self.r
        a, b, c = r.pick([('0120', r.digits(3), r.digits(3)), ('0120', r.digits(2), r.digits(4)), ('0570', '0' + r.digits(2), r.digits(3)),
                          ('0800', '1' + r.digits(2), r.digits(4))])
        form = r.weighted([('{}-{}-{}', 8), ('{}({}){}', 1), ('wide', 2)])
        return [(wide(f'{a}-{b}-{c}') if form == 'wide' else form.format(a, b, c), 'phone-service')]

    # -- place

    def slot_postal(self, style):
        first, last = self.place[3], self.r.digits(4)
        if style == 'solid':
            return [(first + last, 'postal-code')]
        if self.r.chance(.25):
            return [(wide(first) + self.r.pick(['－', '－', 'ー', '−', '‐']) + wide(last), 'postal-code')]
        return [(f'{first}-{last}', 'postal-code')]

    def block(self):
        r = self.r
        a, b, c = r.between(1, 9), r.between(1, 30), r.between(1, 25)
        text = r.weighted([(f'{a}-{b}-{c}', 6), (f'{a}丁目{b}番{c}号', 3), (f'{a}丁目{b}-{c}', 3), (f'{b * 37}番地', 2),
                           (f'{b * 31}番地{c}', 1), (f'{b * 29}番地の{c}', 1), (f'{b * 17}-{c}', 2),
                           (f'{kanji_number(a)}丁目{kanji_number(b)}番{kanji_number(c)}号', 1), (f'{kanji_number(a)}丁目{b}番地', 1)])
        if r.chance(.25):
            text = wide(text)
            if r.chance(.3):
                text = text.replace('－', r.pick('−ー‐'))
        return text

    def slot_address(self, style):
        r, (prefecture, city, _, _) = self.r, self.place
        town = r.pick(TOWNS)
        if '札幌' in city:
            town, block = f'{r.pick("北南")}{r.between(1, 20)}条{r.pick("東西")}', f'{r.between(1, 20)}丁目{r.between(1, 9)}-{r.between(1, 20)}'
        elif '郡' in city or '村' in city:
            town, block = f'大字{town}', f'{r.between(20, 3000)}番地{r.pick(["", "の2", "1"])}'
        else:
            block = self.block()
        text = ('' if style == 'city' or (style == '' and r.chance(.15)) else prefecture) + city + town + block
        if style == 'bldg' or (style == '' and r.chance(.25)):
            room = f'{r.between(1, 9)}0{r.between(1, 9)}'
            text += r.pick([' ', '　', '']) + r.pick(BUILDINGS) + r.pick([f'{room}号室', room, f'{r.between(2, 9)}F', wide(room) + '号'])
        return [(text, 'address')]

    def slot_prefecture(self, _):
        return [(self.place[0], None)]

    def slot_city(self, _):
        return [(self.place[1], None)]

    def slot_place_date(self, _):
        return [(self.place[1].split('市')[0] + self.r.pick(['支局', f'{self.r.between(1, 28)}日', '']), None)]

    def slot_place_hall(self, _):
        return [(self.r.pick(['公民館二階 会議室', '市民会館 小ホール', '集会所', '第二小学校 体育館']), None)]

    # -- numbers of the state, of banks and cards

    def grouped(self, digits, sizes, styles):
        """Digits in groups, with one of the separators of `styles`, now and then in full width."""
        mark, parts, at = self.r.pick(styles), [], 0
        for size in sizes:
            parts.append(digits[at:at + size])
            at += size
        text = mark.join(parts)
        return wide(text) if self.r.chance(.18) else text

    def slot_myno(self, _):
        return [(self.grouped(my_number(self.r.digits(11)), [4, 4, 4], ['', '', '-', ' ']), 'my-number')]

    def slot_licence(self, _):
        code = self.r.pick('10 11 20 21 30 40 41 42 43 44 45 50 51 54 60 61 62 63 65 70 71 72 73 80 81 90 92 97'.split())
        text = licence(code + self.r.digits(8), self.r.weighted([(0, 8), (1, 2), (2, 1)]))
        return [(wide(text) if self.r.chance(.2) else text, 'driving-licence')]

    def slot_corp(self, style):
        text = corporate(self.r.pick(['0100', '1200', '7000', '0111', '2104']) + '01' + self.r.digits(6))
        if style == 'hyphen':
            text = f'{text[0]}-{text[1:5]}-{text[5:9]}-{text[9:]}'
        return [(wide(text) if self.r.chance(.15) else text, 'corporate-number')]

    def slot_insurer(self, style):
        if style == '6':
            body = self.r.pick(['13', '27', '14', '01', '40']) + self.r.digits(3)
        else:
            body = self.r.pick(['01', '02', '06', '06', '31', '32', '34', '63', '39']) + self.r.pick(['13', '27', '14', '01', '40', '23']) + self.r.digits(3)
        text = body + luhn(body)
        return [(wide(text) if self.r.chance(.2) else text, 'health-insurance')]

    def slot_kigo(self, _):
        text = self.r.pick([self.r.digits(3), str(self.r.between(10, 9999)), self.r.digits(8)])
        return [(wide(text) if self.r.chance(.2) else text, 'health-insurance')]

    def slot_bango(self, _):
        text = str(self.r.between(10, 9999999))
        return [(wide(text) if self.r.chance(.2) else text, 'health-insurance')]

    def slot_card(self, style):
        r = self.r
        prefix, size = r.weighted([(('4', 16), 5), ((str(r.between(51, 55)), 16), 3), ((str(r.between(3528, 3589)), 16), 3),
                                   ((r.pick(['34', '37']), 15), 2), ((r.pick(['36', '300', '305']), 14), 1), (('6011', 16), 1), (('62', 16), 1),
                                   ((str(r.between(2221, 2720)), 16), 1)])
        body = prefix + r.digits(size - len(prefix) - 1)
        sizes = {16: [4, 4, 4, 4], 15: [4, 6, 5], 14: [4, 6, 4]}[size]
        return [(self.grouped(body + luhn(body), sizes, ['', '-', '-', ' ', ' ']), 'card')]

    def slot_passport(self, style):
        text = self.r.pick('TMN') + self.r.pick('KRSZGHL') + self.r.digits(7)
        return [(wide(text) if self.r.chance(.15) else text, 'passport')]

    def slot_mrz(self, _):
        r = self.r
        number = r.pick('TM') + r.pick('KRSZ') + r.digits(7)
        birth = f'{r.between(50, 99)}{r.between(1, 12):02}{r.between(1, 28):02}'
        expiry = f'{r.between(27, 35)}{r.between(1, 12):02}{r.between(1, 28):02}'
        head, middle = number + mrz_check(number), birth + mrz_check(birth)
        tail = expiry + mrz_check(expiry) + '<' * 14 + '0'
        return [(head + 'JPN' + middle + r.pick('MF') + tail + mrz_check(head + middle + tail), 'passport')]

    def slot_residence(self, _):
        text = self.r.text(2, UPPER) + self.r.digits(8) + self.r.text(2, UPPER)
        return [(wide(text) if self.r.chance(.15) else text, 'residence-card')]

    def slot_resident(self, _):
        return [(self.grouped(str(self.r.between(1, 9)) + self.r.digits(10), [11], ['']), 'resident-code')]

    def slot_pension(self, style):
        text = self.r.digits(4) + '-' + self.r.digits(6)
        return [(wide(text) if self.r.chance(.2) else text, 'pension-number')]

    def slot_employ(self, _):
        text = self.r.digits(4) + '-' + self.r.digits(6) + '-' + self.r.digits(1)
        return [(wide(text) if self.r.chance(.2) else text, 'employment-insurance')]

    def slot_acct(self, _):
        text = self.r.digits(7)
        return [(wide(text) if self.r.chance(.25) else text, 'bank-account')]

    def slot_bank(self, _):
        return [(self.r.pick(BANKS), None)]

    def slot_branch(self, _):
        return [(self.r.pick(BRANCHES), None)]

    def slot_ykigo(self, _):
        text = '1' + self.r.digits(3) + '0'
        return [(wide(text) if self.r.chance(.25) else text, 'bank-account')]

    def slot_ybango(self, _):
        text = str(self.r.between(100000, 9999999)) + '1'
        return [(wide(text) if self.r.chance(.25) else text, 'bank-account')]

    def slot_ykb(self, _):
        text = '1' + self.r.digits(3) + '0-' + str(self.r.between(1000000, 9999999)) + '1'
        return [(wide(text) if self.r.chance(.25) else text, 'bank-account')]

    def slot_member(self, style):
        r = self.r
        text = {'num': r.digits(r.between(5, 9)), 'year': f'{r.between(2015, 2026)}{r.digits(4)}', 'letter': r.pick(UPPER) + r.digits(6),
                'hyphen': f'{r.text(2, UPPER)}-{r.digits(5)}', 'id': f'{r.between(18, 26)}{r.text(1, UPPER)}{r.digits(4)}'}
        chosen = text[style] if style in text else r.pick([text[key] for key in sorted(text)])
        return [(wide(chosen) if r.chance(.12) else chosen, 'member-number')]

    # -- dates

    def dates(self, style, year, month, day):
        r = self.r
        era, letter, start = [entry for entry in ERAS if entry[2] <= (year, month, day)][-1]
        n = year - start[0] + 1
        of_era = '元' if n == 1 else n
        forms = [(f'{year}年{month}月{day}日', 6), (f'{era}{of_era}年{month}月{day}日', 6), (f'{letter}{n}.{month}.{day}', 2),
                 (f'{year}/{month:02}/{day:02}', 2), (f'{year}.{month}.{day}', 1), (f'{year}-{month:02}-{day:02}', 1),
                 (f'{era}{"元" if n == 1 else kanji_number(n)}年{kanji_number(month)}月{kanji_number(day)}日', 1),
                 (f'{year}年{month:02}月{day:02}日', 1)]
        if style == 'nengappi':
            forms = forms[:2]
        if style == 'western':
            forms = forms[:1]
        text = r.weighted(forms)
        return wide(text) if r.chance(.2) else text

    def slot_birth(self, style):
        return [(self.dates(style, self.r.between(1935, 2015), self.r.between(1, 12), self.r.between(1, 28)), 'birth-date')]

    def slot_date(self, style):
        return [(self.dates(style, self.r.between(1998, 2026), self.r.between(1, 12), self.r.between(1, 28)), None)]

    def slot_time(self, _):
        return [(f'{self.r.between(6, 22)}:{self.r.pick(["00", "15", "30", "45", "05"])}', None)]

    # -- vehicles and machines

    def slot_plate(self, style):
        r = self.r
        number = r.pick([f'{r.between(10, 99)}-{r.between(10, 99)}', f'・{r.between(100, 999)}', f'・・{r.between(10, 99)}', f'{r.between(10, 99)}{r.between(10, 99)}'])
        text = f'{r.pick(PLATE_PLACES)}{r.pick(["", " ", "　"])}{r.pick(["300", "500", "330", "580", "55", "480", "301", "30A"])}' \
               f'{r.pick(["", " ", "　"])}{r.pick(PLATE_KANA)}{r.pick(["", " ", "　"])}{number}'
        return [(wide(text) if r.chance(.2) else text, 'number-plate')]

    def slot_ip(self, _):
        return [(f'{self.r.pick([133, 126, 153, 210, 219, 61, 106, 180])}.{self.r.between(1, 254)}.{self.r.between(1, 254)}.{self.r.between(1, 254)}', 'ipv4')]

    def slot_ip6(self, _):
        r = self.r
        groups = [r.pick(['2400', '2408', '240b', '2001']), r.text(4, '4567'), *(r.text(r.between(1, 4), '123456789abcdef') for _ in range(6))]
        return [(':'.join(groups) if r.chance(.5) else ':'.join(groups[:r.between(3, 5)]) + '::' + r.text(r.between(1, 3), '123456789abcdef'), 'ipv6')]

    def slot_mac(self, _):
        pairs = [self.r.text(2, '0123456789abcdef') for _ in range(6)]
        text = self.r.pick([':', '-']).join(['00', *pairs[1:]])
        return [(text.upper() if self.r.chance(.6) else text, 'mac')]

    def slot_urlcred(self, _):
        return [(f'{self.r.pick(["admin", "deploy", "tanaka", "ftpuser", "dbuser"])}:{self.r.text(10, ALNUM)}', 'url-credentials')]

    def slot_apikey(self, style):
        r = self.r
        forms = {'aws': lambda: 'AKIA' + r.text(16, UPPER + '234567'), 'github': lambda: 'ghp_' + r.text(36, ALNUM),
                 'openai': lambda: 'sk-' + r.text(20, ALNUM) + 'T3BlbkFJ' + r.text(20, ALNUM), 'google': lambda: 'AIza' + r.text(35, ALNUM + '-_'),
                 'slack': lambda: f'xoxb-{r.digits(12)}-{r.digits(12)}-{r.text(24, ALNUM)}',
                 'jwt': lambda: f'eyJhbGciOiJIUzI1NiJ9.eyJ{r.text(30, ALNUM)}.{r.text(43, ALNUM + "-_")}',
                 'token': lambda: r.text(32, ALNUM)}
        chosen = style if style in forms else r.pick(['aws', 'github', 'openai', 'google', 'slack', 'jwt'])
        return [(forms[chosen](), 'api-key')]

    def slot_password(self, _):
        r = self.r
        return [(r.pick([r.text(8, ALNUM) + r.digits(1), r.text(4, LOWER) + r.digits(4), f'{r.text(5, ALNUM)}{r.pick("!#%-_")}{r.digits(3)}',
                         r.text(12, ALNUM) + r.digits(2)]), 'password')]

    def slot_pem(self, _):
        kind = self.r.pick(['RSA PRIVATE KEY', 'PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'EC PRIVATE KEY'])
        rows = '\n'.join(self.r.text(64, ALNUM + '+/') for _ in range(self.r.between(3, 6)))
        return [(f'-----BEGIN {kind}-----\n{rows}\n{self.r.text(22, ALNUM)}==\n-----END {kind}-----', 'private-key')]

    # -- what looks like one of them, and is none

    def plain(self, text):
        return [(wide(text) if self.r.chance(.08) else text, None)]

    def slot_n(self, _):
        return self.plain(str(self.r.between(2, 60)))

    def slot_n3(self, _):
        return self.plain(str(self.r.between(100, 999)))

    def slot_n4(self, _):
        return self.plain(str(self.r.between(1000, 9999)))

    def slot_price(self, style):
        n = self.r.pick([self.r.between(100, 9999), self.r.between(10000, 999999), self.r.between(1000000, 99999999)])
        return self.plain(f'{n:,}' if style != 'plain' else str(n))

    def slot_jan(self, style):
        return self.plain(ean(self.r.pick(['45', '49']) + self.r.digits(5 if style == '8' else 10)))

    def slot_isbn(self, _):
        text = ean('9784' + self.r.digits(8))
        return [(self.r.pick([text, f'{text[:3]}-{text[3]}-{text[4:6]}-{text[6:12]}-{text[12]}', f'{text[:3]}-{text[3]}-{text[4:8]}-{text[8:12]}-{text[12]}']), None)]

    def slot_isbn10(self, _):
        text = isbn10('4' + self.r.digits(8))
        return [(self.r.pick([text, f'{text[0]}-{text[1:3]}-{text[3:9]}-{text[9]}', f'{text[0]}-{text[1:5]}-{text[5:9]}-{text[9]}']), None)]

    def slot_upc(self, _):
        return self.plain(ean('0' + self.r.digits(10)))

    def stamp(self):
        r = self.r
        return f'{r.between(2001, 2026)}{r.between(1, 12):02}{r.between(1, 28):02}{r.between(0, 23):02}{r.between(0, 59):02}'

    def slot_ts12(self, _):
        return self.plain(self.stamp())

    def slot_ts14(self, _):
        return self.plain(f'{self.stamp()}{self.r.between(0, 59):02}')

    def slot_iso(self, _):
        s = self.stamp()
        return [(f'{s[:4]}-{s[4:6]}-{s[6:8]}T{s[8:10]}:{s[10:]}:{self.r.between(0, 59):02}+09:00', None)]

    def slot_part(self, _):
        r = self.r
        return self.plain(r.pick([f'{r.text(2, UPPER)}-{r.digits(4)}-{r.digits(4)}', f'{r.digits(3)}-{r.digits(4)}-{r.digits(2)}', f'{r.text(3, UPPER)}{r.digits(3)}-{r.digits(4)}',
                                  f'{r.digits(5)}-{r.text(3, UPPER + DIGIT)}-{r.digits(3)}', f'0{r.digits(1)}-{r.digits(4)}-{r.digits(4)}-{r.text(1, UPPER)}']))

    def slot_hyphen7(self, _):
        return [(f'{self.r.between(100, 999)}-{self.r.digits(4)}', None)]

    def slot_ver3(self, _):
        return [(f'{self.r.between(0, 25)}.{self.r.between(0, 40)}.{self.r.between(0, 20)}', None)]

    def slot_ver4(self, _):
        return [(f'{self.r.between(1, 25)}.{self.r.between(0, 40)}.{self.r.between(0, 220)}.{self.r.between(0, 250)}', None)]

    def slot_dec(self, _):
        return [(self.r.pick([f'0.0{self.r.digits(9)}', f'.0{self.r.digits(9)}', f'3.0{self.r.digits(9)}', f'-0.0{self.r.digits(9)}']), None)]

    def slot_hex(self, _):
        return [(self.r.pick([f'0x{self.r.text(8, "0123456789abcdef")}', f'0x0{self.r.digits(9)}', f'#{self.r.digits(6)}']), None)]

    def slot_sha(self, _):
        return [(self.r.text(40, '0123456789abcdef'), None)]

    def slot_guid(self, _):
        return [('-'.join(self.r.text(n, '0123456789' if self.r.chance(.3) else '0123456789abcdef') for n in (8, 4, 4, 4, 12)), None)]

    def slot_coord(self, _):
        return [(f'{self.r.between(26, 45)}.{self.r.digits(6)}, {self.r.between(127, 145)}.{self.r.digits(6)}', None)]

    def slot_order(self, _):
        r = self.r
        return self.plain(r.pick([f'{r.between(2019, 2026)}-{r.between(1, 12):02}{r.between(1, 28):02}-{r.digits(4)}', f'{r.digits(3)}-{r.digits(7)}-{r.digits(7)}',
                                  f'{r.text(1, UPPER)}{r.digits(10)}', f'{r.between(20, 26)}{r.digits(8)}', f'{r.digits(6)}-{r.digits(8)}-{r.digits(10)}']))

    def slot_track(self, _):
        eleven = self.r.digits(11)
        text = eleven + str(int(eleven) % 7)
        return [(self.r.pick([text, f'{text[:4]}-{text[4:8]}-{text[8:]}']), None)]

    def slot_serial(self, _):
        return self.plain(self.r.pick([self.r.digits(10), self.r.digits(11), self.r.digits(13), f'{self.r.text(1, UPPER)}{self.r.digits(9)}', f'SN{self.r.digits(12)}', self.r.digits(8)]))

    def slot_meeting(self, _):
        return [(f'{self.r.between(800, 999)} {self.r.digits(4)} {self.r.digits(4)}', None)]

    def slot_patent(self, _):
        return self.plain(self.r.pick([f'特開{self.r.between(2001, 2025)}-{self.r.digits(6)}', f'特許第{self.r.digits(7)}号', f'特願{self.r.between(2001, 2025)}-{self.r.digits(6)}']))

    def slot_issn(self, _):
        return [(f'{self.r.digits(4)}-{self.r.digits(4)}', None)]

    def slot_doi(self, _):
        return [(f'10.{self.r.between(1000, 99999)}/{self.r.text(4, LOWER)}.{self.r.between(2001, 2025)}.{self.r.digits(4)}', None)]

    def slot_privip(self, _):
        return [(self.r.pick([f'192.168.{self.r.between(0, 20)}.{self.r.between(1, 254)}', f'10.0.{self.r.between(0, 9)}.{self.r.between(1, 254)}', '127.0.0.1', '255.255.255.0',
                              f'172.16.{self.r.between(0, 9)}.{self.r.between(1, 254)}']), None)]

    def slot_company(self, _):
        return [(self.r.pick(self.companies), None)]

    def slot_url(self, _):
        return [(self.r.pick(SITES) + self.r.digits(self.r.between(3, 10)), None)]
