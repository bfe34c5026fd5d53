# SPDX-License-Identifier: MIT
"""Writes book.epub: two chapters, a table of contents, a picture; `locked` as the first argument encrypts it."""
import sys
import zipfile

PAGE = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{}</body></html>'
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x</dc:identifier><dc:title>米の本</dc:title>
<dc:creator>甲野乙子</dc:creator><dc:language>ja</dc:language><dc:date>2001-02-03</dc:date></metadata>
<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="one" href="%E4%B8%80.xhtml" media-type="application/xhtml+xml"/>
<item id="two" href="two.xhtml" media-type="application/xhtml+xml"/>
<item id="cover" href="cover.svg" media-type="image/svg+xml"/></manifest>
<spine page-progression-direction="rtl"><itemref idref="cover"/><itemref idref="nav"/><itemref idref="one"/>
<itemref idref="two"/></spine></package>"""
FILES = {'mimetype': 'application/epub+zip',
         'META-INF/container.xml': '<container><rootfiles><rootfile full-path="OPS/p.opf" '
                                   'media-type="application/oebps-package+xml"/></rootfiles></container>',
         'OPS/p.opf': PACKAGE,
         'OPS/nav.xhtml': PAGE.format('<p>目次</p>'),
         'OPS/一.xhtml': PAGE.format('<h1>一</h1><p><a id="p1"/><ruby>精<rt>せい</rt>米<rt>まい</rt></ruby>とは、<![CDATA[A<B]]>。</p>'),
         'OPS/two.xhtml': PAGE.format('<h1>二</h1><p>白くなる。</p>'),
         'OPS/cover.svg': '<svg/>'}
if sys.argv[1:] == ['locked']:
    FILES['META-INF/encryption.xml'] = ('<encryption><EncryptedData><EncryptionMethod '
                                        'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData></encryption>')
with zipfile.ZipFile('book.epub', 'w', zipfile.ZIP_DEFLATED) as book:
    for name, content in FILES.items():
        book.writestr(name, content)
